# frozen_string_literal: true

require 'fileutils'
require 'tmpdir'

# A scheduler file in a folder of its own, and classes for its jobs that tell what they are called with.
module SchedulerFile
  # What stands for Rails.
  Context = Struct.new(:root, :env)

  # As an ActiveJob with a queue that is set before.
  class Later
    @calls = []
    class << self
      attr_reader :calls

      def set(queue:) = Class.new { define_singleton_method(:perform_later) { |*args, **kwargs| Later.calls << [queue, args, kwargs] } }
      def perform_later(*args, **kwargs) = calls << [nil, args, kwargs]
    end
  end

  # As a Sidekiq job, which takes no keywords.
  class Async
    @calls = []
    class << self
      attr_reader :calls

      def set(options) = Class.new { define_singleton_method(:perform_async) { |*args| Async.calls << [options, args] } }
      def perform_async(*args) = calls << [nil, args]
    end
  end

  # A plain class.
  class Plain
    @calls = []
    class << self
      attr_reader :calls

      def perform(*args, **kwargs) = calls << [args, kwargs]
    end
  end

  # A class that nothing can be done with.
  class Nothing; end # rubocop:disable Lint/EmptyClass

  JOBS = [Later, Async, Plain].freeze

  def self.included(group)
    group.let(:folder) { Dir.mktmpdir('kaal-scheduler') }
    group.let(:path) { File.join(folder, 'config/scheduler.yml') }
    group.before { JOBS.each { |job| job.calls.clear } }
    group.after { FileUtils.rm_rf(folder) }
  end

  def write(text, file = path)
    FileUtils.mkdir_p(File.dirname(file))
    File.write(file, text)
  end

  # A file with one job.
  def write_job(**fields)
    job = { 'key' => 'report', 'cron' => '@daily', 'job_class' => 'SchedulerFile::Later' }.merge(fields.transform_keys(&:to_s))
    write(JSON.generate('defaults' => { 'jobs' => [job.compact] }))
  end

  def loader(env: 'test', configuration: Kaal.configuration, definitions: Kaal.definition_registry)
    Kaal::SchedulerFileLoader.new(
      configuration: configuration, definition_registry: definitions, registry: Kaal.registry, logger: Kaal.logger,
      rails_context: Context.new(folder, env)
    )
  end

  def definition(key = 'report')
    Kaal.definition_registry.find_definition(key)
  end
end
