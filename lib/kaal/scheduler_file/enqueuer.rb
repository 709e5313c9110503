# frozen_string_literal: true

module Kaal
  module SchedulerFile
    # The callback of a job of the file.
    class Enqueuer
      # @param job [Job]
      def initialize(job)
        @job = job
      end

      # @raise [SchedulerConfigError] when the class is gone
      def call(fire_time:, idempotency_key:)
        run = { key: @job.key, fire_time: fire_time, idempotency_key: idempotency_key }
        args = Placeholders.fill(@job.args, run)
        kwargs = Placeholders.fill(@job.kwargs, run).transform_keys(&:to_sym)
        job_class.enqueue(@job.queue, args, kwargs)
      end

      private

      def job_class
        JobClass.new(@job.job_class_name)
      rescue ArgumentError => e
        raise SchedulerConfigError, "job #{@job.key}: #{e.message}"
      end
    end
  end
end
