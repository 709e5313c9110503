# frozen_string_literal: true

require_relative 'claimer'
require_relative 'pace'
require_relative 'report'
require_relative 'retries'
require_relative 'workers'

module Kaal
  class Coordinator
    # Claims runs and calls the callbacks of those that it wins.
    class Dispatcher
      # A run that is ours to call, as long as the lease lasts by the monotonic clock.
      Claimed = Struct.new(:key, :fire_time, :claimed_at, :attempt)
      private_constant :Claimed

      # @param jobs [JobSource] which knows what jobs say of themselves
      # @param clock [StoreClock]
      def initialize(configuration, registry, jobs, clock)
        @configuration = configuration
        @registry = registry
        @jobs = jobs
        @clock = clock
        @claimer = Claimer.new(configuration)
        @workers = Workers.new(configuration)
        @pid = Process.pid
        @retries = Retries.new
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
        forget_parents
        claimed_at = monotonic
        answers = nil
        answers = @claimer.claim(runs)
        runs.zip(answers) { |(key, fire_time), won| @claimed << Claimed.new(key, fire_time, claimed_at, 0) if won }
        @pace.took_nothing if answers.none?
        called = call_claimed(timeline)
        called unless answers.all?(&:nil?)
      ensure
        # Nobody is known to have these, also where an interrupt came before the answers.
        runs.zip(answers || []) { |(key, fire_time), won| timeline.retry(key, fire_time) if won.nil? }
      end

      # Those of the runs that the log does not show.
      def missing(runs)
        @claimer.missing(runs)
      end

      # Calls what is claimed: what an interrupt left of the batch before, and what is to be called again.
      #
      # @return [Integer] how many
      def call_claimed(timeline)
        forget_parents
        @claimed.concat(@retries.take)
        called = 0
        until @claimed.empty?
          called += 1
          @workers.call(-> { @claimed.shift }) { |run| call(run, timeline) }
        end
        called
      end

      # Waits for the callbacks that run on other threads.
      def drain
        @workers.drain
      end

      # As {#drain}; the threads end, and what was to be called again is not.
      def stop
        forget_parents
        @workers.stop
        @retries.clear.each { |run| @claimer.record_failure(run.key, run.fire_time) }
      end

      # Whether this is one of the threads that callbacks run on.
      def worker?
        @workers.own?(Thread.current)
      end

      # In how many seconds a callback is to be called again; nil: none.
      def pause
        @retries.pause
      end

      # Whether dispatches are logged.
      def log?
        @claimer.log?
      end

      private

      # In a forked child: what the parent has claimed the parent calls.
      def forget_parents
        return if @pid == Process.pid

        @pid = Process.pid
        @claimed = []
        @retries = Retries.new
      end

      def call(run, timeline)
        return claim_anew(run, timeline) unless held?(run)

        entry = @registry.find(run.key)
        return log(:warn, "job #{run.key} was removed before its callback could be called") unless entry

        run.attempt += 1
        started = monotonic
        call_entry(entry, run)
        @pace.took(monotonic - started)
      end

      def call_entry(entry, run)
        time = Time.at(run.fire_time).utc
        payload = { key: run.key, fire_time: time, lateness: @clock.now - time, attempt: run.attempt }
        arguments = { fire_time: time, idempotency_key: idempotency_key(run.key, time) }
        begun = false
        Events.tell('dispatch', payload) do
          Thread.handle_interrupt(Object => :immediate) do
            Thread.pass if Thread.pending_interrupt? # which would else come within the callback
            begun = true
            entry.enqueue.call(**arguments)
          end
        end
      rescue *FAILURES => e
        begun = true
        failed(run, e)
      ensure
        @claimed.unshift(run) unless begun # an interrupt came first
      end

      def failed(run, error)
        again = again?(run)
        log(:error, "job #{run.key} at #{at(run)} failed#{', trying again' if again}: #{error.class}: #{error.message}")
        Events.tell('error', { message: "job #{run.key} at #{at(run)} failed", error: error }) { nil }
        again ? @retries.add(run) : @claimer.record_failure(run.key, run.fire_time)
      end

      # For as long as the scheduler looks back.
      def again?(run)
        age = monotonic - run.claimed_at
        @jobs.options(run.key)['on_error'] == 'retry' && age < @configuration.window_lookback
      end

      # With a record in the log the run is ours for good; without, only while the lease lasts.
      def held?(run)
        log? || @configuration.backend.nil? || monotonic < run.claimed_at + @configuration.lease_ttl
      end

      # At once: by the next tick it may be too old to be looked for. Until then nobody else has.
      def claim_anew(run, timeline)
        log(:warn, "the lease of job #{run.key} at #{at(run)} ended before it could be called; claiming it anew")
        @claimer.release(run.key, run.fire_time)
        run.claimed_at = monotonic
        won = @claimer.claim([[run.key, run.fire_time]]).first
        timeline.retry(run.key, run.fire_time) if won.nil?
        call(run, timeline) if won
      end

      def at(run)
        Time.at(run.fire_time).utc.iso8601
      end

      def idempotency_key(key, time)
        IdempotencyKeyGenerator.call(key, time, configuration: @configuration)
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
