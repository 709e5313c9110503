# frozen_string_literal: true

module Kaal
  class Coordinator
    # Claims runs and calls the callbacks of those that it wins.
    class Dispatcher
      def initialize(configuration, registry)
        @configuration = configuration
        @registry = registry
      end

      # @param runs [Array<Array(String, Integer)>] cron key and fire time in unix seconds
      # @param timeline [Native::Timeline] gets back what could not be claimed for certain
      # @return [Integer] how many were dispatched
      def dispatch(runs, timeline)
        lease_end = monotonic + @configuration.lease_ttl
        runs.zip(claim(runs)).count do |(key, fire_time), claimed|
          if claimed.nil? || (claimed && !held?(lease_end))
            timeline.retry(key, fire_time)
            next
          end
          claimed && call(key, fire_time)
        end
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
        return backend.claim_many(runs, @configuration) if backend.respond_to?(:claim_many)

        runs.map { |key, fire_time| acquire(backend, key, fire_time) }
      rescue StandardError => e
        log(:error, "claim failed, trying again: #{e.message}")
        Array.new(runs.size)
      end

      # Any other backend is asked for one lock at a time.
      def acquire(backend, key, fire_time)
        if backend.acquire(Native.lock_key(@configuration.namespace, key, fire_time),
                           @configuration.lease_ttl)
          true
        else
          false
        end
      rescue StandardError, NotImplementedError => e
        log(:error, "claim of #{key} at #{Time.at(fire_time).utc.iso8601} failed, trying again: #{e.message}")
        nil
      end

      # With a record in the log the run is ours for good; without, only while the lease lasts.
      def held?(lease_end)
        log? || @configuration.backend.nil? || monotonic < lease_end
      end

      def call(key, fire_time)
        entry = @registry.find(key)
        return log(:warn, "job #{key} was removed before its callback could be called") unless entry

        time = Time.at(fire_time).utc
        entry.enqueue.call(fire_time: time, idempotency_key: idempotency_key(key, time))
        true
      rescue StandardError, ScriptError => e
        log(:error, "job #{key} at #{time.iso8601} failed: #{e.class}: #{e.message}")
        record_failure(key, time)
        true
      end

      def record_failure(key, time)
        log_registry.log_dispatch(key, time, Socket.gethostname, 'failed') if log?
      rescue StandardError => e
        log(:error, "cannot record that job #{key} failed: #{e.message}")
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
