# frozen_string_literal: true

require_relative 'monotonic'

module Kaal
  class Coordinator
    # Dispatches the runs that were missed while no node was running: those of the recovery window
    # that the dispatch log does not show. Without the log nothing protects an old run from being
    # dispatched twice, so nothing older than the look-back is recovered.
    #
    # Works in steps on the scheduler's thread, between the ticks.
    class Recovery
      include Monotonic

      # How many runs are looked up in the log at once: what is there need not be claimed in vain.
      LOOK_UP = 500
      private_constant :LOOK_UP

      def initialize(configuration, jobs, dispatcher, clock)
        @configuration = configuration
        @jobs = jobs
        @dispatcher = dispatcher
        @clock = clock
        @begins_at = monotonic + (rand * @configuration.recovery_startup_jitter.to_f)
        @recovered = 0
        @missing = []
        @done = false
      end

      # In how many seconds there is work; nil: never again.
      def pause
        @begins_at - monotonic unless @done
      end

      # How far it is; nil before it has begun.
      #
      # @return [Hash, nil] `done`; `recovered`: how many runs were made up for; `jobs_left`: how many jobs
      #   are to be looked at
      def progress
        return unless @done || @walk

        { done: @done, recovered: @recovered, jobs_left: @done ? 0 : @walk.jobs_left }
      end

      # Recovers one batch, if it is time. While the store fails, not again before a tick interval is over.
      def step(timeline)
        return if @done || monotonic < @begins_at
        return finish unless @dispatcher.log?

        dispatch(timeline) if begin_walk && (@missing.any? || look_up(timeline))
      rescue *FAILURES
        postpone
        raise
      end

      private

      def dispatch(timeline)
        runs = @missing.shift(@dispatcher.batch)
        return if runs.empty?

        called = @dispatcher.dispatch(runs, timeline)
        called ? @recovered += called : postpone
      end

      # What jobs there are, and since when, must be known: else what was never to run would.
      def begin_walk
        return true if @walk

        starts = self.starts
        return postpone if @jobs.failed?

        # Ends where the timeline has begun, or a little later: what both hand out, the log holds apart.
        now = @clock.now.to_i
        @walk = Native::Recovery.new(starts, now, now - @configuration.window_lookback)
        true
      end

      def postpone
        @begins_at = monotonic + @configuration.tick_interval
        false
      end

      # @return [Boolean] false: there is nothing more to look up
      def look_up(timeline)
        runs = @walk.next_batch(timeline, LOOK_UP)
        return finish if runs.empty?

        Events.tell('recovery', { runs: runs.size }) do |payload|
          # Should the log not answer: what it would have shown the claims tell.
          @missing = runs
          @missing = @dispatcher.missing(runs)
          payload[:missing] = @missing.size
        end
        true
      end

      # A job is recovered from when it is as it is, at the earliest.
      def starts
        earliest = @clock.now.to_i - @configuration.recovery_window.to_i
        jobs = @jobs.call
        since = @jobs.since
        jobs.map { |key, *| [key, [earliest, since[key].to_i].max] }
      end

      def finish
        @done = true
        log("recovered #{@recovered} missed runs") if @recovered.positive?
        clean_up if @dispatcher.log?
        false
      end

      def clean_up
        registry = @configuration.backend.dispatch_registry
        registry.cleanup(recovery_window: @configuration.recovery_window) if registry.respond_to?(:cleanup)
      end

      def log(message)
        @configuration.logger&.info("[Kaal] #{message}")
      end
    end
    private_constant :Recovery
  end
end
