# frozen_string_literal: true

module Kaal
  class Coordinator
    # What is due: the timeline of the jobs as they are defined, and how far back it is looked.
    class Agenda
      # @param jobs [JobSource]
      # @param clock [StoreClock]
      # @param logged [#call] whether dispatches are logged
      def initialize(configuration, jobs, clock, logged)
        @configuration = configuration
        @jobs = jobs
        @clock = clock
        @logged = logged
        @made_at = clock.now.to_f.ceil
      end

      # Takes over what has changed of the scheduler file and the definitions. An empty timeline wants all jobs.
      #
      # @param failure [Exception, nil] of the store, which then is not asked for more: each question to one
      #   that hangs takes as long as its answer may take
      def refresh(failure = nil)
        Kaal.refresh_scheduler_file unless failure
        jobs = @jobs.changes(timeline.empty?, failure)
        return unless jobs

        timeline.replace(jobs, @clock.now.to_i, look_back).each do |key, reason|
          @configuration.logger&.error("[Kaal] job #{key} is left out: #{reason}")
        end
      end

      # @return [Array<Array(String, Integer)>] cron key and fire time in unix seconds, `limit` at most
      def due(limit)
        timeline.due(@clock.now.to_i, horizon, grace, limit)
      end

      # In how many seconds the next run is due; nil: none ever.
      def pause
        due = timeline.next_due
        due && (due - @clock.now.to_f)
      end

      # Made anew when zone or policy change.
      def timeline
        terms = [@configuration.effective_time_zone, @configuration.dst]
        @timeline = nil unless @terms == terms
        @terms = terms
        @timeline ||= Native::Timeline.new(*terms)
      end

      # Whether nothing tells what a process has dispatched that is gone: its locks ended with it.
      def unprotected?
        backend = @configuration.backend
        backend.respond_to?(:leases_end_with_process?) && backend.leases_end_with_process? && !@logged.call
      end

      private

      # How far back the runs go of a job that is new here, in seconds. Where nothing tells what was
      # dispatched, what was due before this scheduler was made is left alone.
      def look_back
        return @configuration.window_lookback unless unprotected?

        (@clock.now.to_i - @made_at + 1).clamp(0, @configuration.window_lookback)
      end

      # How far back a run may be that is still claimed: as far as a claim protects it from being
      # dispatched twice. Leases protect the look-back and a tick interval, the log the whole recovery
      # window.
      def horizon
        recovery = @configuration.enable_dispatch_recovery && @logged.call
        recovery_window = recovery ? @configuration.recovery_window.to_i : 0
        [recovery_window, @configuration.window_lookback, @configuration.tick_interval].max
      end

      # How late a run may be that is not missed yet: a tick of a machine that is busy.
      def grace
        @configuration.tick_interval + 1
      end
    end
    private_constant :Agenda
  end
end
