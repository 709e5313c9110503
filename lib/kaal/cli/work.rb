# frozen_string_literal: true

require_relative '../worker_foreground'

module Kaal
  module CLI
    # `kaal work`: lines as of a log. In Rails what Kaal logs goes to the app's log, and what is wrong to stderr too.
    class Work
      # @param out [IO]
      # @param options [Hash{Symbol => Object}] see {WorkerForeground}
      def initialize(out, options)
        @logger = Console.logger(Console.new(out), Logger::INFO)
        @options = options
      end

      # @return [Integer] the exit code
      # @raise [ConfigurationError, ArgumentError] when it cannot begin
      def call
        configuration = Kaal.configuration
        defined?(::Rails::Railtie) ? TerminalLog.install(configuration) : configuration.logger = @logger
        WorkerForeground.new('kaal work', self, **@options).run
        DONE
      end

      # A line of what goes on.
      def say(line)
        @logger.info(line)
      end
    end
    private_constant :Work
  end
end
