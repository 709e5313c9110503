# frozen_string_literal: true

module Kaal
  module SchedulerFile
    # Makes jobs of what is in the file, and refuses what is none.
    class JobReader
      FIELDS = %w[key cron every job_class enabled queue args kwargs metadata].freeze
      OPTIONS = JobOptions::NAMES.map(&:to_s).freeze
      private_constant :FIELDS, :OPTIONS

      # @param path [String] of the file, for messages
      # @param logger [Logger, nil] which hears of what is ignored
      def initialize(path, configuration, logger)
        @path = path
        @configuration = configuration
        @logger = logger
      end

      # @param entries [Array<Array(String, Object)>] as {Document#jobs} gives them
      # @return [Array<Job>]
      # @raise [SchedulerConfigError]
      def read(entries)
        jobs = entries.map { |where, entry| job(where, entry) }
        twice = jobs.map(&:key).tally.find { |_key, count| count > 1 }
        raise SchedulerConfigError, "#{@path}: job #{twice.first}: the key is there #{twice.last} times" if twice

        jobs
      end

      private

      # Refusals are ArgumentErrors, as of what else checks jobs.
      def job(where, entry)
        name = where
        raise ArgumentError, 'must be a mapping' unless entry.is_a?(Hash)

        fields = Fields.new(entry)
        name = "job #{key = JobKey.of(fields.text('key'))}"
        warn_of_unknown(name, entry)
        checked(name, key, fields)
      rescue ArgumentError => e
        raise SchedulerConfigError, "#{@path}: #{name}: #{e.message}"
      end

      def checked(name, key, fields)
        job = Job.new(
          key: key, cron: expression(fields),
          job_class_name: fields.text('job_class'), queue: fields.optional_text('queue'),
          args: fields.list('args'), kwargs: fields.mapping('kwargs'), enabled: fields.boolean('enabled', true),
          metadata: fields.mapping('metadata'), options: options(fields)
        )
        Interval.check_options(job.cron, job.options)
        check_arguments(job)
        job.execution = execution(name, job)
        job
      end

      # A number is of seconds.
      def expression(fields)
        every = fields.text_or_number('every')
        Interval.expression(every.nil? || fields.any?('cron') ? fields.text('cron') : nil, every)
      end

      def options(fields)
        options = JobOptions.to_metadata(fields.slice(OPTIONS))
        obstacle = Guarantee.obstacle(@configuration) if JobOptions.at_least_once?(options)
        raise ArgumentError, "guarantee: at_least_once #{obstacle}" if obstacle

        options
      end

      def check_arguments(job)
        job.kwargs.each_key do |name|
          raise ArgumentError, "the keys of kwargs must be texts, one is #{name.inspect}" unless name.is_a?(String)
        end
        { 'args' => job.args, 'kwargs' => job.kwargs, 'metadata' => job.metadata }.each do |field, value|
          Placeholders.check(value) unless field == 'metadata'
          JSON.generate(value)
        rescue JSON::GeneratorError, JSON::NestingError => e
          raise ArgumentError, "#{field} cannot be written as JSON: #{e.message}"
        end
      end

      def execution(name, job)
        job_class = JobClass.new(job.job_class_name)
        unless job_class.keywords? || job.kwargs.empty?
          raise ArgumentError, "kwargs cannot be given to #{job.job_class_name}.perform_async, use args"
        end

        unless job.queue.nil? || job_class.queues?
          warn("#{name}: queue #{job.queue} is ignored, #{job.job_class_name} has no .set(queue:)")
        end
        { 'target' => job_class.target, 'job_class' => job.job_class_name, 'queue' => job.queue, 'args' => job.args,
          'kwargs' => job.kwargs }
      end

      # Kaal takes no notice of them.
      def warn_of_unknown(name, entry)
        unknown = entry.keys - FIELDS - OPTIONS
        warn("#{name}: #{unknown.join(', ')} is unknown and ignored, expected #{(FIELDS + OPTIONS).join(', ')}") if
          unknown.any?
      end

      def warn(message)
        @logger&.warn("[Kaal] #{@path}: #{message}")
      end
    end
  end
end
