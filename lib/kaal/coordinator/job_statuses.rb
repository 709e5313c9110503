# frozen_string_literal: true

require_relative 'reach'

module Kaal
  class Coordinator
    # How each job stands, as far as definitions and dispatch log tell: so any process can ask, also one in which
    # no scheduler runs.
    #
    # A job is as late as the oldest of its runs that is due, that a scheduler would still make up for, and after
    # which the log shows none.
    class JobStatuses
      # How many runs of a job are looked up. One that runs more often is at least as late as that tells.
      LOOK_UP = 60
      private_constant :LOOK_UP

      def initialize(configuration, registry)
        @configuration = configuration
        @registry = registry
        @clock = StoreClock.new(configuration)
      end

      # @return [Array<JobStatus>] by key
      # @raise [Backend::StoreError] when the store fails
      def call
        definitions = Kaal.definition_registry.all_definitions
        @clock.refresh
        @now = @clock.now
        definitions.map { |definition| status(definition) }
      end

      private

      def status(definition)
        status = JobStatus.new(**definition.slice(:key, :cron, :enabled, :source),
                               callback: @registry.registered?(definition[:key]))
        tell_times(status, definition)
        status
      end

      def tell_times(status, definition)
        cron = JobSchedule.of(definition)
        status.next_time = cron.next_time(@now) if status.enabled
        tell_progress(status, definition, cron) if log
      rescue CronError => e
        status.error = e.message
      end

      def tell_progress(status, definition, cron)
        options = JobOptions.read(definition)
        missing, status.last_dispatched = look_up(status.key, JobSchedule.before(cron, @now - options['splay'].to_i))
        status.late = lateness(definition, options, missing) if status.enabled
      end

      # @param times [Enumerator::Lazy<Time>] latest first
      # @return [Array(Array<Time>, Time)] those after the last run that the log shows, and that
      def look_up(key, times)
        latest = times.first
        return [[], latest] if latest.nil? || log.dispatched?(key, latest) # as a rule

        times = times.first(LOOK_UP)
        missing = missing_of(key, times)
        [times.first(missing), times[missing]]
      end

      # How many of the times it is until the first that the log shows.
      def missing_of(key, times)
        return times.take_while { |time| !log.dispatched?(key, time) }.size unless log.respond_to?(:dispatched_many)

        log.dispatched_many(times.map { |time| [key, time.to_i] }).take_while(&:!).size
      end

      # None is expected from before the job was as it is.
      def lateness(definition, options, missing)
        since = JobSchedule.since(definition)
        longest = Reach.of_job(@configuration, true, options)
        ages = missing.take_while { |time| time.to_i >= since }.map { |time| @now - time - options['splay'].to_i }
        ages.take_while { |age| age <= longest }.last || 0.0
      end

      # nil: nothing tells what was dispatched.
      def log
        return unless @configuration.enable_log_dispatch_registry

        backend = @configuration.backend
        backend.dispatch_registry if backend.respond_to?(:dispatch_registry)
      end
    end
    private_constant :JobStatuses
  end
end
