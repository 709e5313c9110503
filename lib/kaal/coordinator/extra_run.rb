# frozen_string_literal: true

require_relative 'unclaimed'

module Kaal
  class Coordinator
    # Dispatches a run of a job that its schedule does not have, now. Its fire time is a second of its own, so
    # that it is no scheduled run, which it would else be taken for.
    class ExtraRun
      # How long ago a second may be, of those that the schedule leaves free.
      LONGEST_AGO = 60
      private_constant :LONGEST_AGO

      # One with claims and callbacks of its own, beside those of the scheduler.
      def self.make(configuration, registry)
        clock = StoreClock.new(configuration)
        jobs = JobSource.new(configuration, registry, remembering: false)
        new(registry, Dispatcher.new(configuration, registry, jobs, clock, retrying: false), jobs, clock)
      end

      def initialize(registry, dispatcher, jobs, clock)
        @registry = registry
        @dispatcher = dispatcher
        @jobs = jobs
        @clock = clock
      end

      # @return [Time] its fire time
      # @raise [ArgumentError] when the job has no callback here, or its schedule leaves it no second
      # @raise [Backend::LockAdapterError] when the store fails
      def call(key)
        raise ArgumentError, "job #{key} has no callback in this process" unless @registry.registered?(key)

        @clock.refresh
        @jobs.call # what they say of themselves
        time = free_seconds(key).find { |second| dispatched?(key, second) }
        return Time.at(time).utc if time

        raise ArgumentError, "job #{key} runs every second: that leaves none for a run of its own"
      ensure
        @dispatcher.stop
      end

      private

      # Latest first. A second that somebody else has taken a moment ago is followed by the one before.
      def free_seconds(key)
        now = @clock.now.to_i
        schedule = schedule(key)
        now.downto(now - LONGEST_AGO).lazy.reject { |second| schedule&.match?(Time.at(second)) }
      end

      # nil: what is stored is no expression, and has no fire times.
      def schedule(key)
        definition = Kaal.definition_registry.find_definition(key)
        JobSchedule.of(definition || { cron: @registry.find(key).cron })
      rescue CronError
        nil
      end

      def dispatched?(key, second)
        unclaimed = Unclaimed.new([])
        done = @dispatcher.dispatch([[key, second]], unclaimed)
        unclaimed.refuse(key)
        done.positive?
      end
    end
    private_constant :ExtraRun
  end
end
