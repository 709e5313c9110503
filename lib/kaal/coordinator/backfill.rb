# frozen_string_literal: true

require_relative 'unclaimed'

module Kaal
  class Coordinator
    # Dispatches the runs of one job in a stretch of the past that the dispatch log does not show.
    class Backfill
      # One with claims and callbacks of its own, beside those of the scheduler.
      def self.make(configuration, registry)
        clock = StoreClock.new(configuration)
        # What the log does not show runs again, also where it is not the last run.
        jobs = JobSource.new(configuration, registry, remembering: false)
        dispatcher = Dispatcher.new(configuration, registry, jobs, clock)
        new(Agenda.new(configuration, jobs, clock, dispatcher.method(:log?)), dispatcher, jobs, clock)
      end

      # @param agenda [Agenda] which reads expressions as the scheduler does
      def initialize(agenda, dispatcher, jobs, clock)
        @agenda = agenda
        @dispatcher = dispatcher
        @jobs = jobs
        @clock = clock
      end

      # @param first [Time]
      # @param last [Time]
      # @param progress [#call, nil] called after each batch with the Time up to which it has come, and how many
      #   ran so far
      # @return [Integer] how many ran
      # @raise [ConfigurationError] when dispatches are not logged
      # @raise [ArgumentError] when the times cannot be, or there is no such job
      # @raise [Backend::LockAdapterError] when the store fails: what has run is in the log, so that it can
      #   be called again
      def call(key, first, last, progress = nil)
        @clock.refresh
        check(first, last)
        timeline = timeline_of(key)
        after = first.to_i - 1
        total = 0
        until (times = timeline.fire_times(key, after, last.to_i, @dispatcher.batch)).empty?
          total += dispatch(key, times)
          after = times.last
          progress&.call(Time.at(after).utc, total)
        end
        total
      ensure
        @dispatcher.stop
      end

      private

      def check(first, last)
        unless @dispatcher.log?
          raise ConfigurationError, 'a back-fill needs enable_log_dispatch_registry: nothing else tells what has run'
        end
        raise ArgumentError, "from (#{first}) is after to (#{last})" if first > last
        raise ArgumentError, "to (#{last}) is in the future" if last > @clock.now
      end

      def timeline_of(key)
        job = @jobs.call.find { |name, *| name == key }
        raise ArgumentError, "job #{key} is not enabled, or has no callback in this process" unless job

        @agenda.timeline.tap { |timeline| timeline.replace([job], 0, 0) }
      end

      def dispatch(key, times)
        unclaimed = Unclaimed.new([])
        done = @dispatcher.dispatch(times.map { |time| [key, time] }, unclaimed)
        unclaimed.refuse(key)
        done
      end
    end
    private_constant :Backfill
  end
end
