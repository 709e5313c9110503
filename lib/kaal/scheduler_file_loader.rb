# frozen_string_literal: true

module Kaal
  # Loads the jobs of the scheduler file: all of them, or none. What the file may say is in
  # docs/scheduler_file.md.
  class SchedulerFileLoader
    # @param configuration [Configuration] its `scheduler_config_path` and policies
    # @param definition_registry [Definition::Registry] where the definitions go
    # @param registry [Registry] where the callbacks go
    # @param logger [Logger, nil]
    # @param rails_context [#root, #env, nil] what the path is relative to, and which section counts; nil: the
    #   current folder, and ENV RAILS_ENV, RACK_ENV or `development`
    def initialize(configuration:, definition_registry:, registry:, logger:, rails_context: nil)
      @configuration = configuration
      @definition_registry = definition_registry
      @registry = registry
      @logger = logger
      @location = SchedulerFile::Location.new(configuration.scheduler_config_path, rails_context)
    end

    # @return [Array<Hash>] the jobs that were taken: `key cron job_class_name queue args kwargs enabled
    #   metadata`; empty where there is no file and `scheduler_missing_file_policy` is `:warn`
    # @raise [SchedulerConfigError] when the file is wrong or missing, or a job is defined elsewhere too; then
    #   nothing has changed
    # @raise [Backend::StoreError] when the store fails; what had changed is taken back
    def load
      path = @location.path
      return missing(path) unless File.exist?(path)

      jobs = read(path)
      applied = apply(path, without_conflicts(path, jobs))
      @logger&.info("[Kaal] #{path}: #{applied.size} jobs loaded")
      applied.map(&:to_h)
    end

    private

    # @return [Array<SchedulerFile::Job>]
    def read(path)
      document = SchedulerFile::Document.read(path)
      entries = document.jobs(@location.environment)
      document.mistakes(@location.environment).each { |mistake| @logger&.warn("[Kaal] #{path}: #{mistake}") }
      SchedulerFile::JobReader.new(path, @configuration, @logger).read(entries)
    end

    def missing(path)
      message = "#{path}: there is no such file; make it, or set config.scheduler_config_path"
      raise SchedulerConfigError, message if @configuration.scheduler_missing_file_policy == :error

      @logger&.warn("[Kaal] #{message}")
      []
    end

    # @return [Array<Array(SchedulerFile::Job, Hash)>] each with the definition that is stored, or nil
    def without_conflicts(path, jobs)
      stored = @definition_registry.all_definitions.to_h { |definition| [definition[:key], definition] }
      jobs.map { |job| [job, stored[job.key]] }.select { |job, definition| takes?(path, job, definition) }
    end

    # Whether the file may define the job.
    def takes?(path, job, definition)
      return true if definition.nil? || definition[:source] == 'file'

      message = "#{path}: job #{job.key} is defined by #{definition[:source]} too"
      case @configuration.scheduler_conflict_policy
      when :file_wins then true
      when :code_wins
        @logger&.warn("[Kaal] #{message}, and that wins")
        false
      else
        raise SchedulerConfigError,
              "#{message}; remove one of the two (Kaal.unregister(key: #{job.key.inspect}) removes what is stored), " \
              'or set config.scheduler_conflict_policy to :file_wins or :code_wins'
      end
    end

    def apply(path, jobs)
      changes = SchedulerFile::Changes.new(@definition_registry, @registry, @logger)
      done = false
      jobs.each { |job, definition| apply_one(path, changes, job, definition) }
      done = true
      jobs.map(&:first)
    ensure
      # Also when an interrupt ends it.
      changes.roll_back unless done
    end

    # A store may refuse what is too long for it.
    def apply_one(path, changes, job, definition)
      changes.apply(job, definition)
    rescue ArgumentError, JSON::NestingError => e # of what is stored, too
      raise SchedulerConfigError, "#{path}: job #{job.key}: #{e.message}"
    end
  end
end
