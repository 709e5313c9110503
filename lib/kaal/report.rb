# frozen_string_literal: true

module Kaal
  # What may be raised without ending the scheduler or a worker. Interrupts, exits and throws do.
  FAILURES = [StandardError, ScriptError, SystemStackError, NoMemoryError].freeze
  private_constant :FAILURES

  # Tells of failures, each way in its turn: in the log, as the event `error.kaal`, to the hooks of
  # `config.on_error`, and to Rails' error reporter. A hook or a reporter that fails is logged.
  module Report
    class << self
      # @param message [String] what failed
      # @param error [Exception] why
      # @param run [Hash] where it was a callback: `key`, `fire_time`, `attempt`
      def error(configuration, message, error, run = {})
        configuration.logger&.error("[Kaal] #{message}: #{error.message}")
        Events.tell('error', { message: message, error: error }) { nil }
        context = { message: message, **run }
        configuration.error_hooks.each do |hook|
          guarded(configuration, 'a hook of config.on_error') { hook.call(error, context.dup) }
        end
        guarded(configuration, 'Rails.error') { tell_rails(error, context) }
      end

      private

      # Rails has it from 7.0 on, and no reporter before there is an app.
      def tell_rails(error, context)
        return unless defined?(::Rails) && ::Rails.respond_to?(:error)

        ::Rails.error&.report(error, handled: true, severity: :error, context: { kaal: context })
      end

      def guarded(configuration, who)
        yield
      rescue *FAILURES => e
        configuration.logger&.error("[Kaal] #{who} failed: #{e.class}: #{e.message}")
      end
    end
  end
  private_constant :Report
end
