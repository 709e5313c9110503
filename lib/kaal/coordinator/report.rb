# frozen_string_literal: true

module Kaal
  class Coordinator
    # What may be raised without ending the scheduler. Interrupts, exits and throws do.
    FAILURES = [StandardError, ScriptError, SystemStackError, NoMemoryError].freeze
    private_constant :FAILURES

    # Tells of failures: in the log, and as the event `error.kaal`.
    module Report
      def self.error(configuration, message, error)
        configuration.logger&.error("[Kaal] #{message}: #{error.message}")
        Events.tell('error', { message: message, error: error }) { nil }
      end
    end
    private_constant :Report
  end
end
