# frozen_string_literal: true

module Kaal
  class Coordinator
    # Dispatches the runs that were missed while no node was running: those of the recovery window
    # that the dispatch log does not show. Without the log nothing protects an old run from being
    # dispatched twice, so nothing older than the look-back is recovered.
    #
    # Works in steps on the scheduler's thread, between the ticks.
    class Recovery
      # How many runs are looked up in the log at once: what is there need not be claimed in vain.
      LOOK_UP = 500
      private_constant :LOOK_UP

      def initialize(configuration, jobs, dispatcher, clock)
        @configuration = configuration
        @jobs = jobs
        @dispatcher = dispatcher
        @clock = clock
        @begins_at = clock.now.to_f + (rand * @configuration.recovery_startup_jitter.to_f)
        @recovered = 0
        @missing = []
        @done = false
      end

      # In how many seconds there is work; nil: never again.
      def pause
        @begins_at - @clock.now.to_f unless @done
      end

      # How far it is; nil before it has begun.
      #
      # @return [Hash, nil] `done`; `recovered`: how many runs were made up for; `jobs_left`: how many jobs
      #   are to be looked at
      def progress
        return unless @done || @walk

        { done: @done, recovered: @recovered, jobs_left: @done ? 0 : @walk.jobs_left }
      end

      # Recovers one batch, if it is time.
      def step(timeline)
        return if @done || @clock.now.to_f < @begins_at
        return finish unless @dispatcher.log?

        @walk ||= walk
        return if @missing.empty? && !look_up(timeline)

        runs = @missing.shift(@dispatcher.batch)
        @recovered += @dispatcher.dispatch(runs, timeline).to_i unless runs.empty?
      end

      private

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

      # Ends where the timeline has begun, or a little later: what both hand out, the log holds apart.
      def walk
        now = @clock.now.to_i
        Native::Recovery.new(starts, now, now - @configuration.window_lookback)
      end

      # A job is recovered from when it is as it is, at the earliest.
      def starts
        earliest = @clock.now.to_i - @configuration.recovery_window.to_i
        since = @jobs.since
        @jobs.call.map { |key, *| [key, [earliest, since[key].to_i].max] }
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
