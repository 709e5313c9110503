# frozen_string_literal: true

require_relative 'reach'

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

      # Loads the scheduler file, if that was deferred. While the store fails that is left to {#refresh}.
      #
      # @raise [SchedulerConfigError] when it is wrong
      def load_scheduler_file
        Kaal.load_deferred_scheduler_file!
      rescue Backend::StoreError => e
        Report.error(@configuration, 'the scheduler file was not loaded, it will be tried again', e)
      end

      # Takes over what has changed of the scheduler file and the definitions. An empty timeline wants all jobs.
      #
      # @param failure [Exception, nil] of the store, which then is not asked for more: each question to one
      #   that hangs takes as long as its answer may take
      def refresh(failure = nil)
        refresh_scheduler_file unless failure
        take_over(@jobs.changes(timeline.empty?, failure))
      end

      # Takes over what changes of definitions tell nothing of: for when what was due is dispatched.
      def reread
        take_over(@jobs.reread)
      end

      # @return [Array<Array(String, Integer)>] cron key and fire time in unix seconds, `limit` at most
      def due(limit)
        timeline.due(@clock.now.to_i, Reach.horizon(@configuration, @logged.call), Reach.grace(@configuration), limit)
      end

      # In how many seconds the next run is due; nil: none ever.
      def pause
        due = timeline.next_due
        due && (due - @clock.now.to_f)
      end

      # @return [Time, nil] when the next run is due, with its splay; nil: none ever
      def next_due_at
        due = timeline.next_due
        due && Time.at(due).utc
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

      def take_over(jobs)
        return unless jobs

        timeline.replace(jobs, @clock.now.to_i, look_back).each do |key, reason|
          Report.error(@configuration, "job #{key} is left out", CronError.new(reason))
        end
      end

      def refresh_scheduler_file
        Kaal.refresh_scheduler_file do |error|
          Report.error(@configuration, 'the scheduler file was not loaded, the jobs stay as they were', error)
        end
      end

      # How far back the runs go of a job that is new here, in seconds. Where nothing tells what was
      # dispatched, what was due before this scheduler was made is left alone.
      def look_back
        return @configuration.window_lookback unless unprotected?

        (@clock.now.to_i - @made_at + 1).clamp(0, @configuration.window_lookback)
      end
    end
    private_constant :Agenda
  end
end
