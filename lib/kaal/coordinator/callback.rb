# frozen_string_literal: true

require_relative 'monotonic'

module Kaal
  class Coordinator
    # Calls the callback of a run, and says what came of it.
    class Callback
      include Monotonic

      # @param jobs [JobSource] which knows what jobs say of themselves
      # @param clock [StoreClock]
      def initialize(configuration, registry, jobs, clock)
        @configuration = configuration
        @registry = registry
        @jobs = jobs
        @clock = clock
      end

      # @param run [Claimed]
      # @yieldparam outcome [Symbol] `:returned`; `:failed`; `:again`: failed, and is to be called again;
      #   `:not_called`: an interrupt came before; `:left`: an interrupt came within, or there is no
      #   callback any more
      def call(run)
        outcome = nil
        unless (entry = @registry.find(run.key))
          outcome = :left
          return log(:warn, "job #{run.key} was removed before its callback could be called")
        end

        telling(run) do |arguments|
          # Asked for anew: what wraps it may have reloaded the app's code.
          entry = @registry.find(run.key) || entry
          outcome = :left
          entry.enqueue.call(**arguments)
          outcome = :returned
        end
      rescue *FAILURES => e
        # First: an interrupt may come while others are told.
        returned = outcome == :returned
        outcome = again?(run) ? :again : :failed unless returned
        report(run, e, outcome)
      ensure
        run.attempt += 1 if outcome
        yield outcome || :not_called
      end

      private

      def telling(run, &)
        payload = { key: run.key, fire_time: run.time, lateness: @clock.now - run.time, attempt: run.attempt + 1,
                    taken_over: run.taken_over }
        key = IdempotencyKeyGenerator.call(run.key, run.time, configuration: @configuration)
        arguments = { fire_time: run.time, idempotency_key: key }
        Events.tell('dispatch', payload) { wrapped { interruptible(arguments, &) } }
      end

      # What wraps a callback opens and closes things of the app's: only where it waits may an interrupt come.
      def wrapped(&)
        wrapper = @configuration.callback_wrapper
        wrapper ? wrapper.call(&) : yield
      end

      def interruptible(arguments)
        Thread.handle_interrupt(Object => :immediate) do
          Thread.pass if Thread.pending_interrupt? # which would else come within the callback
          yield arguments
        end
      end

      # What fails after the callback has returned does not make it a failure.
      def report(run, error, outcome)
        what = { again: 'failed, trying again', failed: 'failed', returned: 'was done, but not what belongs after it' }
        Report.error(@configuration, "job #{run} #{what.fetch(outcome)}: #{error.class}", error,
                     key: run.key, fire_time: run.time, attempt: run.attempt + 1)
      end

      # For as long as the scheduler looks back.
      def again?(run)
        age = monotonic - run.claimed_at
        @jobs.options(run.key)['on_error'] == 'retry' && age < @configuration.window_lookback
      end

      def log(level, message)
        @configuration.logger&.public_send(level, "[Kaal] #{message}")
        nil
      end
    end
    private_constant :Callback
  end
end
