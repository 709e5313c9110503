# frozen_string_literal: true

require 'active_job'
require 'kaal'

# Jobs in Rails.
module ActiveJob
  # Where they are put.
  module QueueAdapters
    # Adds jobs to the queues that `kaal work` performs, in the Redis that Kaal is configured with.
    #
    #   Rails.application.config.active_job.queue_adapter = :kaal
    #
    # Nothing is asked of Kaal's configuration before the first job is added.
    class KaalAdapter < (defined?(AbstractAdapter) ? AbstractAdapter : Object)
      # Looks nothing up.
      def initialize
        super
        @queues = {}
        @mutex = Mutex.new
      end

      # Adds a job, and notes in its `provider_job_id` the id that it has in the queue.
      #
      # @param job [ActiveJob::Base]
      # @return [String] that id
      # @raise [Kaal::ConfigurationError] when no Redis is configured
      # @raise [Kaal::Backend::StoreError] when Redis fails
      # @raise [ArgumentError] when the job is too large, or no JSON
      def enqueue(job)
        add(job.queue_name, [job], [nil])
        job.provider_job_id
      end

      # As {#enqueue}, to be performed at a time.
      #
      # @param job [ActiveJob::Base]
      # @param timestamp [Numeric] unix seconds
      # @return [String]
      # @raise (see #enqueue)
      def enqueue_at(job, timestamp)
        add(job.queue_name, [job], [timestamp])
        job.provider_job_id
      end

      # Adds jobs, a thousand of a queue in a round trip: for `ActiveJob.perform_all_later`.
      #
      # @param jobs [Array<ActiveJob::Base>]
      # @return [Integer] how many
      # @raise (see #enqueue)
      # @raise [Kaal::Backend::StoreError] when Redis fails; some may have been added then
      def enqueue_all(jobs)
        jobs.group_by(&:queue_name).each { |name, group| add(name, group, group.map(&:scheduled_at)) }
        jobs.size
      end

      # A job is not in the app's database, and might be performed before its transaction is committed.
      #
      # @return [Boolean]
      def enqueue_after_transaction_commit?
        true
      end

      private

      def add(name, jobs, times)
        ids = jobs.map { SecureRandom.uuid }
        queue(name).call_many(jobs.zip(ids, times).map { |job| payload(*job) }, ids: ids)
        jobs.zip(ids) do |job, id|
          job.provider_job_id = id
          job.successfully_enqueued = true if job.respond_to?(:successfully_enqueued=)
        end
      end

      # The id is not that of ActiveJob: a job that is enqueued again, as by `retry_on`, keeps that one, while the
      # queue still has its last attempt.
      def payload(job, id, time)
        time &&= Time.at(time.to_f).utc.iso8601(9) # ActiveJob reads it as well
        job.serialize.merge('provider_job_id' => id, 'scheduled_at' => time)
      end

      def queue(name)
        location = Kaal::Queue.location
        @mutex.synchronize { @queues[location.key(name)] ||= location.client(name) }
      end
    end
  end
end
