# frozen_string_literal: true

require_relative 'pace'

module Kaal
  class Coordinator
    # Claims runs and calls the callbacks of those that it wins.
    class Dispatcher
      # What a callback may raise without ending the scheduler. Interrupts, exits and throws do.
      FAILURES = [StandardError, ScriptError, SystemStackError, NoMemoryError].freeze

      # A run that is ours to call, as long as the lease lasts by the monotonic clock.
      Claimed = Struct.new(:key, :fire_time, :lease_end)
      private_constant :Claimed

      def initialize(configuration, registry)
        @configuration = configuration
        @registry = registry
        @claimed = []
        @pace = Pace.new
      end

      # How many runs to dispatch at once.
      def batch
        @pace.size(@configuration.lease_ttl)
      end

      # @param runs [Array<Array(String, Integer)>] cron key and fire time in unix seconds
      # @param timeline [Native::Timeline] gets back what could not be claimed for certain
      # @return [Integer, nil] how many were dispatched; nil: no claim could be made
      def dispatch(runs, timeline)
        lease_end = monotonic + @configuration.lease_ttl
        answers = nil
        answers = claim(runs)
        runs.zip(answers) { |(key, fire_time), won| @claimed << Claimed.new(key, fire_time, lease_end) if won }
        called = call_claimed(timeline)
        called unless answers.all?(&:nil?)
      ensure
        # Nobody is known to have these, also where an interrupt came before the answers.
        runs.zip(answers || []) { |(key, fire_time), won| timeline.retry(key, fire_time) if won.nil? }
      end

      # Calls what is claimed: also what an interrupt left of the batch before.
      #
      # @return [Integer] how many
      def call_claimed(timeline)
        called = 0
        while (run = @claimed.shift)
          if held?(run)
            called += 1 if call(run)
          else
            log(:warn, "the lease of job #{run.key} at #{at(run)} ended before it could be called; claiming it anew")
            release(run)
            timeline.retry(run.key, run.fire_time)
          end
        end
        called
      end

      # Whether dispatches are logged.
      def log?
        @configuration.enable_log_dispatch_registry && !log_registry.nil?
      end

      private

      # For each run true (won), false (lost) or nil (unknown: the store failed).
      def claim(runs)
        backend = @configuration.backend
        return Array.new(runs.size, true) unless backend
        return backend.claim_many(runs, @configuration) if backend.respond_to?(:claims_many?) && backend.claims_many?

        runs.map { |key, fire_time| acquire(backend, key, fire_time) }
      rescue *FAILURES => e
        log(:error, "claim failed, trying again: #{e.message}")
        Array.new(runs.size)
      end

      # Any other backend is asked for one lock at a time.
      def acquire(backend, key, fire_time)
        lock_key = Native.lock_key(@configuration.namespace, key, fire_time)
        backend.acquire(lock_key, @configuration.lease_ttl) ? true : false
      rescue *FAILURES => e
        log(:error, "claim of #{key} at #{Time.at(fire_time).utc.iso8601} failed, trying again: #{e.message}")
        nil
      end

      # With a record in the log the run is ours for good; without, only while the lease lasts.
      def held?(run)
        log? || @configuration.backend.nil? || monotonic < run.lease_end
      end

      # By the store's clock it may last a little longer, and would then be in our own way.
      def release(run)
        backend = @configuration.backend
        return unless backend.respond_to?(:release)

        backend.release(Native.lock_key(@configuration.namespace, run.key, run.fire_time))
      rescue *FAILURES => e
        log(:error, "cannot release the lease of #{run.key} at #{at(run)}: #{e.message}")
      end

      def call(run)
        entry = @registry.find(run.key)
        return log(:warn, "job #{run.key} was removed before its callback could be called") unless entry

        started = monotonic
        begin
          time = Time.at(run.fire_time).utc
          entry.enqueue.call(fire_time: time, idempotency_key: idempotency_key(run.key, time))
        rescue *FAILURES => e
          log(:error, "job #{run.key} at #{at(run)} failed: #{e.class}: #{e.message}")
          record_failure(run)
        end
        @pace.took(monotonic - started)
        true
      end

      def record_failure(run)
        log_registry.log_dispatch(run.key, Time.at(run.fire_time).utc, Socket.gethostname, 'failed') if log?
      rescue StandardError => e
        log(:error, "cannot record that job #{run.key} failed: #{e.message}")
      end

      def at(run)
        Time.at(run.fire_time).utc.iso8601
      end

      def idempotency_key(key, time)
        IdempotencyKeyGenerator.call(key, time, configuration: @configuration)
      end

      def log_registry
        backend = @configuration.backend
        backend.dispatch_registry if backend.respond_to?(:dispatch_registry)
      end

      def monotonic
        Process.clock_gettime(Process::CLOCK_MONOTONIC)
      end

      def log(level, message)
        @configuration.logger&.public_send(level, "[Kaal] #{message}")
        nil
      end
    end
    private_constant :Dispatcher
  end
end
