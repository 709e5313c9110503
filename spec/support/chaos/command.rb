# frozen_string_literal: true

require 'optparse'
require 'chaos/cell'
require 'chaos/results'

module Chaos
  # The command line of bin/chaos.
  class Command
    # @param arguments [Array<String>]
    # @raise [OptionParser::ParseError, ArgumentError] where they are wrong
    def initialize(arguments)
      @options = { minutes: 1.0, seed: Random.new_seed % 1_000_000, together: 1 }
      rest = parser.parse(arguments, into: @options)
      raise ArgumentError, "what is #{rest.first}?" if rest.any?
    end

    # Runs the cells, and tells of each when it is done.
    #
    # @return [Boolean] whether all are well
    def call
      waiting = Thread::Queue.new(cells).close
      oks = Array.new(@options[:together]) { Thread.new { run_all(waiting) } }.flat_map(&:value)
      puts "#{oks.size} cells, #{oks.count(false)} failed"
      oks.all?
    end

    private

    def parser
      OptionParser.new do |options|
        options.banner = 'bin/chaos: does harm to fleets of schedulers and their stores, and checks what they ran.'
        options.on('--backend NAME', Store.kinds.keys, "one of #{Store.kinds.keys.join(', ')}; else all")
        options.on('--nemesis NAME', Nemesis.all.keys, "one of #{Nemesis.all.keys.sort.join(', ')}; else all that suit")
        options.on('--guarantee NAME', Jobs::GUARANTEES, "one of #{Jobs::GUARANTEES.join(', ')}; else both")
        options.on('--minutes N', Float, 'how long harm is done in each cell; 1')
        options.on('--seed N', Integer, 'of all that is random of the harm; else any')
        options.on('--together N', Integer, 'how many cells at once; 1')
        options.on('--[no-]record', "whether rows go into #{File.basename(Results::FILE)}; they do")
      end
    end

    def cells
      backends = [@options[:backend] || Store.kinds.keys].flatten
      nemeses = [@options[:nemesis] || Nemesis.all.keys].flatten
      backends.product(nemeses).select { |backend, nemesis| Nemesis.named(nemesis).suits?(backend) }
    end

    def run_all(waiting)
      oks = []
      while (cell = waiting.pop)
        report = run(*cell)
        puts report.to_s
        oks << report.ok?
      end
      oks
    end

    def run(backend, nemesis)
      report = Cell.new(backend: backend, nemesis: nemesis, seconds: @options[:minutes] * 60, seed: @options[:seed],
                        guarantees: [@options[:guarantee] || Jobs::GUARANTEES].flatten).run
      Results.new.add(report) unless @options[:record] == false
      report
    end
  end
end
