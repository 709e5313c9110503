# frozen_string_literal: true

module Kaal
  class Coordinator
    # Dispatches the runs of one job in a stretch of the past that the dispatch log does not show.
    class Backfill
      # In a timeline's place: gets back what could not be claimed for certain.
      Unclaimed = Struct.new(:times) do
        def retry(_key, time)
          times << time
        end
      end
      private_constant :Unclaimed

      # One with claims and callbacks of its own, beside those of the scheduler.
      def self.make(configuration, registry)
        clock = StoreClock.new(configuration)
        jobs = JobSource.new(configuration, registry)
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
      # @return [Integer] how many ran
      # @raise [ConfigurationError] when dispatches are not logged
      # @raise [ArgumentError] when the times cannot be, or there is no such job
      # @raise [Backend::LockAdapterError] when the store fails: what has run is in the log, so that it can
      #   be called again
      def call(key, first, last)
        check(first, last)
        timeline = timeline_of(key)
        after = first.to_i - 1
        total = 0
        until (times = timeline.fire_times(key, after, last.to_i, @dispatcher.batch)).empty?
          total += dispatch(key, times)
          after = times.last
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
        return done if unclaimed.times.empty?

        raise Backend::LockAdapterError, "#{unclaimed.times.size} runs of #{key} from " \
                                         "#{Time.at(unclaimed.times.min).utc.iso8601} on could not be claimed; " \
                                         'call it again when the store answers'
      end
    end
    private_constant :Backfill
  end
end
