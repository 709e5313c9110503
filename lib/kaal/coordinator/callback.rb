# frozen_string_literal: true

require_relative 'monotonic'
require_relative 'not_called_error'

module Kaal
  class Coordinator
    # Calls the callback of a run, and says what came of it.
    class Callback
      include Monotonic

      AT_ONCE = { Object => :immediate }.freeze
      private_constant :AT_ONCE

      # @param jobs [JobSource] which knows what jobs say of themselves
      # @param clock [StoreClock]
      # @param retrying [Boolean] whether this process stays to call again what failed
      def initialize(configuration, registry, jobs, clock, retrying)
        @configuration = configuration
        @registry = registry
        @jobs = jobs
        @clock = clock
        @retrying = retrying
      end

      # @param run [Claimed]
      # @param ours [#call] tells whether a run is still to be called here, asked right before it is called
      # @yieldparam outcome [Symbol] `:returned`; `:failed`; `:again`: failed, and is to be called again;
      #   `:not_called`: an interrupt came before, or the run was not ours any more; `:left`: an interrupt came
      #   within, or there is no callback any more
      def call(run, ours)
        outcome = nil
        unless (entry = @registry.find(run.key))
          outcome = :left
          return log(:warn, "job #{run.key} was removed before its callback could be called")
        end

        telling(run) do |arguments|
          # What wraps it may have waited, or this process may have stood still.
          next unless ours.call(run)

          entry = reloaded(run, entry)
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

      # What wraps a callback may have reloaded the app's code.
      def reloaded(run, entry)
        (@registry.find(run.key) if @configuration.callback_wrapper) || entry
      end

      def telling(run, &)
        key = IdempotencyKeyGenerator.call(run.key, run.fire_time, configuration: @configuration)
        arguments = { fire_time: run.time, idempotency_key: key }
        return within_app(arguments, &) unless Events.heard?('dispatch')

        # With a time of its own: a callback may turn the other into its zone.
        payload = { key: run.key, fire_time: run.time, lateness: @clock.now - run.time, attempt: run.attempt + 1,
                    taken_over: run.taken_over }
        Events.tell('dispatch', payload) { within_app(arguments, &) }
      end

      # What wraps a callback opens and closes things of the app's: only where it waits may an interrupt come.
      def within_app(arguments, &)
        return interruptible(arguments, &) unless @configuration.callback_wrapper

        reached = false
        @configuration.within_app do
          reached = true
          interruptible(arguments, &)
        end
        raise NotCalledError unless reached
      end

      def interruptible(arguments)
        Thread.handle_interrupt(AT_ONCE) do
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

      # For as long as the scheduler looks back. A run with an open claim others take over.
      def again?(run)
        return false unless @retrying || run.open

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
