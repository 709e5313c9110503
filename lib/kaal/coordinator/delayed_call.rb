# frozen_string_literal: true

require_relative 'not_called_error'

module Kaal
  class Coordinator
    # Calls the class of a delayed job, and says what came of it.
    class DelayedCall
      # What of a reason is kept, in characters.
      REASON = 1_000
      private_constant :REASON

      def initialize(configuration, clock)
        @configuration = configuration
        @clock = clock
      end

      # @param call [Delayed::Call]
      # @yieldparam outcome [Symbol] `:returned`; `:failed`; `:again`: failed, and is to be tried again;
      #   `:not_called`: an interrupt came before; `:left`: an interrupt came within
      # @yieldparam error [String, nil] why it has failed
      def call(call)
        outcome = nil
        raise Delayed::LostError, attempts(call) if call.attempt > @configuration.delayed_job_max_attempts

        telling(call) do
          outcome = :left
          call.dispatch(@configuration)
          outcome = :returned
        end
        raise NotCalledError unless outcome
      rescue *FAILURES => e
        # First: an interrupt may come while others are told.
        outcome = again?(call, e) ? :again : :failed unless outcome == :returned
        report(call, e, outcome)
      ensure
        yield outcome || :not_called, (reason(e) if e)
      end

      private

      def telling(call, &)
        payload = { job_id: call.job[:job_id], job_class: call.job[:job_class], run_at: call.run_at,
                    lateness: @clock.now - call.run_at, attempt: call.attempt }
        Events.tell('delayed_job', payload) { wrapped { interruptible(&) } }
      end

      # What wraps a callback opens and closes things of the app's: only where it waits may an interrupt come.
      def wrapped(&)
        wrapper = @configuration.callback_wrapper
        wrapper ? wrapper.call(&) : yield
      end

      def interruptible
        Thread.handle_interrupt(Object => :immediate) do
          Thread.pass if Thread.pending_interrupt? # which would else come within the call
          yield
        end
      end

      def again?(call, error)
        call.attempt < @configuration.delayed_job_max_attempts &&
          [Delayed::UnusableError, Delayed::LostError].none? { |final| error.is_a?(final) }
      end

      def attempts(call)
        "it was called #{call.attempt - 1} times, and each time the process died that called it"
      end

      def reason(error)
        "#{error.class}: #{error.message.dup.force_encoding(Encoding::UTF_8).scrub}".slice(0, REASON)
      end

      # What fails after the call has returned does not make it a failure.
      def report(call, error, outcome)
        what = { again: 'failed, trying again', failed: 'failed and is given up',
                 returned: 'was done, but not what belongs after it' }
        Report.error(@configuration, "#{call} #{what.fetch(outcome)}: #{error.class}", error,
                     job_id: call.job[:job_id], job_class: call.job[:job_class], attempt: call.attempt)
      end
    end
    private_constant :DelayedCall
  end
end
