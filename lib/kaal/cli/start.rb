# frozen_string_literal: true

require_relative 'live_line'
require_relative 'tally'

module Kaal
  module CLI
    # `kaal start`: lines as of a log; on a terminal below them a line that says how things stand.
    class Start
      # @param out [IO]
      def initialize(out)
        @console = Console.new(out)
        @logger = Console.logger(@console, Logger::INFO)
        @tally = Tally.new
        @line = LiveLine.new(@tally)
      end

      # @return [Integer] the exit code
      # @raise [RuntimeError] what ends the scheduler
      def call
        # What Kaal logs is here too, unless the app has a log of its own.
        Kaal.configuration.logger = @logger unless defined?(::Rails::Railtie)
        subscribers = [Kaal.subscribe('dispatch.kaal') { |*event| dispatched(event.last) },
                       Kaal.subscribe('error.kaal') { |*event| failed(event.last) }]
        @console.in_place_of_stdout { Foreground.new('kaal start', self).run }
        DONE
      ensure
        subscribers&.each { |subscriber| Kaal.unsubscribe(subscriber) }
      end

      # A line of what goes on.
      def say(line)
        @logger.info(line)
      end

      # Shows how things stand.
      def refresh
        @console.footer = @line.to_s if @console.terminal?
      end

      private

      def dispatched(payload)
        @tally.dispatched(payload)
        lateness = (payload[:lateness] * 1000).round
        say("#{payload[:key]} dispatched, due #{payload[:fire_time].iso8601}, #{lateness} ms late")
        refresh
      end

      # The log has it already where it is this one.
      def failed(payload)
        @tally.failed
        error = payload[:error]
        @logger.error("#{payload[:message]}: #{error.message}") unless Kaal.configuration.logger.equal?(@logger)
      end
    end
    private_constant :Start
  end
end
