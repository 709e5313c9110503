# frozen_string_literal: true

require 'forwardable'
require_relative 'callback'
require_relative 'claimed'
require_relative 'claimer'
require_relative 'last_runs'
require_relative 'monotonic'
require_relative 'open_claims'
require_relative 'pace'
require_relative 'retries'
require_relative 'workers'

module Kaal
  class Coordinator
    # Claims runs and calls the callbacks of those that it wins.
    class Dispatcher
      include Monotonic
      extend Forwardable

      # Those of runs that the log does not show, and whether there is a log.
      def_delegators :@claimer, :missing, :log?

      # @return [Workers] on which callbacks are called
      attr_reader :workers

      # @param jobs [JobSource] which knows what jobs say of themselves
      # @param clock [StoreClock]
      # @param retrying [Boolean] see {Callback#initialize}
      def initialize(configuration, registry, jobs, clock, retrying: true)
        @configuration = configuration
        @callback = Callback.new(configuration, registry, jobs, clock, retrying)
        @claimer = Claimer.new(configuration, jobs)
        @open_claims = OpenClaims.new(configuration)
        @workers = Workers.new(configuration)
        @pid = Process.pid
        @retries = Retries.new
        @claimed = []
        @pace = Pace.new
        @held = ->(run) { held?(run) }
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
        accept(runs, answers, claimed_at)
        @pace.took_nothing if answers.none?
        called = call_claimed(timeline)
        called unless answers.all?(&:nil?)
      ensure
        # Nobody is known to have these, also where an interrupt came before the answers.
        runs.zip(answers || []) { |(key, fire_time), won| timeline.retry(key, fire_time) if won.nil? }
      end

      # Dispatches runs that others had claimed and not done.
      #
      # @return [Integer, nil] how many; nil: no claim could be made
      def take_over(runs, timeline)
        forget_parents
        claimed_at = monotonic
        answers = @claimer.take_over(runs)
        accept(runs, answers, claimed_at, taken_over: true)
        @pace.took_nothing if answers.none?
        called = call_claimed(timeline)
        called unless answers.all?(&:nil?)
      end

      # Calls what is claimed: what an interrupt left of the batch before, and what is to be called again.
      #
      # @return [Integer] how many
      def call_claimed(timeline)
        forget_parents
        @claimed.concat(@retries.take)
        called = 0
        take = -> { @claimed.shift }
        until @claimed.empty?
          called += 1
          @workers.call(take) { |run| call(run, timeline) }
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
        @retries.clear.each { |run| @claimer.record_failure(run.key, run.fire_time) unless run.open }
        @open_claims.stop
      end

      # Whether this is one of the threads that callbacks run on.
      def worker?
        @workers.own?(Thread.current)
      end

      # Whether this process has the open claim of a run.
      def open?(run)
        @open_claims.held?(run)
      end

      # Leaves the open claims that are not called to others.
      def hand_over
        forget_parents
        @open_claims.hand_over
      end

      # In how many seconds a callback is to be called again; nil: none.
      def pause
        @retries.pause
      end

      private

      # In a forked child: what the parent has claimed the parent calls.
      #
      # @return [Boolean] whether this is one, and had not known it
      def forget_parents
        return false if @pid == Process.pid

        @pid = Process.pid
        @claimed = []
        @retries = Retries.new
        @open_claims = OpenClaims.new(@configuration)
        true
      end

      def accept(runs, answers, claimed_at, taken_over: false)
        won = runs.zip(answers).filter_map { |run, is_won| run if is_won }
        won.map! do |key, fire_time|
          Claimed.new(key, fire_time, claimed_at, 0, taken_over || @claimer.open?(key), taken_over)
        end
        @claimed.concat(won)
        open = won.select(&:open)
        @open_claims.hold(open) if open.any?
      end

      def call(run, timeline)
        return unless ours?(run, timeline)

        started = monotonic
        @callback.call(run, @held) { |outcome| settle(run, outcome) }
        @pace.took(monotonic - started)
      end

      # In a child that was forked within the callback nothing: the run is the parent's, and so are those that wait.
      def settle(run, outcome)
        return if forget_parents

        case outcome
        when :returned then @open_claims.close(run) if run.open
        when :left then @open_claims.forget(run)
        when :failed
          @claimer.record_failure(run.key, run.fire_time)
          @open_claims.close(run) if run.open
        else
          @open_claims.put_back(run)
          outcome == :again ? @retries.add(run) : @claimed.unshift(run)
        end
      end

      # Whether the run is still ours; else it is claimed anew, or another's to call.
      def ours?(run, timeline)
        return held?(run) || claim_anew(run, timeline) unless run.open

        held?(run) || log("the lease of job #{run} ended before it could be called; it is left to others")
      end

      # With a record in the log the run is ours for good; without, or with an open claim, only while the lease lasts.
      def held?(run)
        return @open_claims.begin(run) if run.open

        monotonic < run.claimed_at + @configuration.lease_ttl || log? || @configuration.backend.nil?
      end

      # At once: by the next tick it may be too old to be looked for. Until then nobody else has.
      def claim_anew(run, timeline)
        log("the lease of job #{run} ended before it could be called; claiming it anew")
        @claimer.release(run.key, run.fire_time)
        run.claimed_at = monotonic
        won = @claimer.claim([[run.key, run.fire_time]]).first
        timeline.retry(run.key, run.fire_time) if won.nil?
        won && held?(run)
      end

      def log(message)
        @configuration.logger&.warn("[Kaal] #{message}")
        nil
      end
    end
    private_constant :Dispatcher
  end
end
