# frozen_string_literal: true

module Kaal
  class Coordinator
    # Dispatches the runs that were missed while no node was running: those of the recovery window
    # that the dispatch log does not show. Without the log nothing protects an old run from being
    # dispatched twice, so nothing older than the look-back is recovered.
    #
    # Works in steps on the scheduler's thread, between the ticks.
    class Recovery
      def initialize(configuration, jobs, dispatcher)
        @configuration = configuration
        @jobs = jobs
        @dispatcher = dispatcher
        @begins_at = Time.now.to_f + (rand * @configuration.recovery_startup_jitter.to_f)
        @recovered = 0
        @done = false
      end

      # When there is work, in unix seconds; nil: never again.
      def next_step
        @begins_at unless @done
      end

      # Recovers one batch, if it is time.
      def step(timeline)
        return if @done || Time.now.to_f < @begins_at
        return finish unless @dispatcher.log?

        @walk ||= walk
        runs = @walk.next_batch(timeline, @dispatcher.batch)
        return finish if runs.empty?

        @recovered += @dispatcher.dispatch(runs, timeline).to_i
      end

      private

      # Ends where the timeline has begun, or a little later: what both hand out, the log holds apart.
      def walk
        Native::Recovery.new(starts, Time.now.to_i - @configuration.window_lookback)
      end

      # A job is recovered from when it is as it is, at the earliest.
      def starts
        earliest = Time.now.to_i - @configuration.recovery_window.to_i
        since = @jobs.since
        @jobs.call.map { |key, *| [key, [earliest, since[key].to_i].max] }
      end

      def finish
        @done = true
        log("recovered #{@recovered} missed runs") if @recovered.positive?
        return unless @dispatcher.log?

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
