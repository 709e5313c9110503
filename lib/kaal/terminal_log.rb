# frozen_string_literal: true

require 'delegate'
require 'logger'

module Kaal
  # The app's logger, whose warnings and errors go to stderr too: who runs a task looks there, and not
  # into a file of the log.
  class TerminalLog < SimpleDelegator
    class << self
      # Puts one in the place of the configured logger, unless that one writes to the terminal.
      def install(configuration)
        logger = configuration.logger
        configuration.logger = new(logger || Logger.new(nil)) unless logger && seen?(logger)
      end

      private

      # Without Rails, an app that has a logger has chosen where that writes.
      def seen?(logger)
        return true unless defined?(::ActiveSupport::Logger)

        logger.is_a?(self) || ::ActiveSupport::Logger.logger_outputs_to?(logger, $stdout, $stderr)
      end
    end

    %i[warn error].each do |level|
      define_method(level) do |message|
        ::Kernel.warn(message)
        __getobj__.public_send(level, message)
      end
    end
  end
  private_constant :TerminalLog
end
