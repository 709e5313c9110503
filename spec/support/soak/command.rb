# frozen_string_literal: true

require 'optparse'
require 'soak/report'
require 'soak/run'
require 'soak/subject'

module Soak
  # The command line.
  class Command
    # @param arguments [Array<String>] as the shell gives them
    # @raise [OptionParser::ParseError, ArgumentError] when they cannot be used
    def initialize(arguments, out: $stdout)
      @out = out
      @minutes = 30.0
      @backends = []
      @limits = {}
      options.permute(arguments.dup).then { |rest| rest.empty? || raise(ArgumentError, "what is #{rest.first}?") }
      raise ArgumentError, "--minutes must be above 0, is #{@minutes}" unless @minutes.positive?
    end

    # @return [Boolean] whether all stayed flat
    def call
      return tell(options.help) if @help

      report = Report.new(@out)
      run = Run.new(@minutes, @backends.empty? ? Subject::BACKENDS.keys : @backends.uniq, @limits)
      report.begin(run)
      run.call.map { |result| report.print(result) }.all?
    end

    private

    def options
      OptionParser.new do |parser|
        parser.banner = 'bin/soak [--minutes M] [--backend B]... [--rss MB]: exits with 1 when something grew'
        parser.on('--minutes M', Float, 'how long, warm-up included (30)') { |minutes| @minutes = minutes }
        parser.on('--backend B', Subject::BACKENDS.keys, "#{Subject::BACKENDS.keys.join(', ')}; all, side by side") do |name|
          @backends << name
        end
        parser.on('--rss MB', Float, 'how much memory a process may grow by (2)') { |mb| @limits[:rss_mb] = mb }
        parser.on('--help', 'this text') { @help = true }
      end
    end

    def tell(text)
      @out.puts text
      true
    end
  end
end
