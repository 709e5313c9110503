# frozen_string_literal: true

require 'delayed_jobs'
require 'json/add/core'
require 'queue_delegate'
require 'tmpdir'

# What is read from files and stores makes texts, numbers, lists and mappings, and no object of any class.
RSpec.describe 'Documents' do
  let(:folder) { Dir.mktmpdir('kaal-documents') }
  let(:log) { StringIO.new }

  # Tells when one was made.
  trap = Class.new do
    class << self
      attr_accessor :made

      def json_create(*) = self.made = true
    end

    def init_with(*) = self.class.made = true
    def marshal_load(*) = self.class.made = true
  end

  before do
    Kaal.logger = Logger.new(log)
    stub_const('HostileTrap', trap)
    trap.made = false
  end

  after do
    FileUtils.rm_rf(folder)
    raise 'an object was made' if trap.made
  end

  def write(text)
    File.join(folder, 'file.yml').tap { |path| File.write(path, text) }
  end

  objects = {
    'an object' => '!ruby/object:HostileTrap { a: 1 }', 'a Struct' => '!ruby/struct:HostileTrap { a: 1 }',
    'an exception' => '!ruby/exception:HostileTrap { message: x }', 'a Hash of a class' => '!ruby/hash:HostileTrap { a: 1 }',
    'a Symbol' => '!ruby/symbol x', 'a regular expression' => '!ruby/regexp /a/',
    'a class' => '!ruby/class HostileTrap', 'a Range' => '!ruby/range 1..2', 'a date' => '2026-02-28'
  }

  objects.each do |what, yaml|
    it "refuse #{what} in a scheduler file" do
      Kaal.configuration.scheduler_config_path = write("defaults:\n  jobs: [{ key: a, cron: '@daily', job_class: String, args: [#{yaml}] }]\n")
      Kaal.backend = Kaal::Backend::MemoryAdapter.new
      expect { Kaal.load_scheduler_file! }.to raise_error(Kaal::SchedulerConfigError, /values of class \S+ are not allowed/)
    end

    it "refuse #{what} in config/kaal.yml" do
      file = Kaal::ConfigurationFile.new(write("defaults: { dst: #{yaml} }\n"), variables: {})
      expect { file.apply(Kaal.configuration) }.to raise_error(Kaal::ConfigurationError, /values of class \S+ are not allowed/)
    end
  end

  # JSON's way of naming a class, which `require 'json/add/core'` would have heeded.
  hostile = '{"json_class":"HostileTrap","^o":"HostileTrap","a":[{"json_class":"Symbol","s":"x"}]}'

  DelayedJobStores::ALL.each do |name, make|
    it "stay JSON in #{name}" do
      store = make.call
      store.begin
      Kaal.backend = store.adapter
      metadata = JSON.parse(hostile)
      Kaal.backend.definition_registry.upsert_definition(key: 'a', cron: '@daily', metadata: metadata)
      expect(Kaal.backend.definition_registry.find_definition('a')[:metadata]).to eq(metadata)
      expect(Kaal.backend.definition_registry.all_definitions.first[:metadata]).to eq(metadata)
      Mailing::Report.calls
      Kaal.enqueue_at(at: Time.now, job_class: Mailing::Report, args: [metadata], job_id: 'a')
      expect(Kaal.delayed_jobs.first[:args]).to eq([metadata])
      Kaal.tick!
      expect(Mailing::Report.calls).to eq([[metadata]])
    ensure
      store.finish
    end
  end

  it 'stay JSON in the queue' do
    redis = RedisServer.shared.tap(&:flush)
    delegate = QueueDelegate.new
    server = Kaal::Queue::Server.new(delegate, redis.url)
    redis.inspector.hset('async-job:jobs', 'a', hostile)
    redis.inspector.lpush('async-job:ready', 'a')
    server.dequeue
    expect([delegate.take(1), server.stop]).to eq([[JSON.parse(hostile)], true])
  end

  it 'are read whatever their depth' do
    deep = "#{'{"a":' * 110}1#{'}' * 110}"
    redis = RedisServer.shared.tap(&:flush)
    Kaal.backend = Kaal::Backend::RedisAdapter.new(redis.url)
    redis.inspector.hset('kaal:definitions', 'deep', %({"key":"deep","cron":"@daily","metadata":#{deep}}))
    Kaal.backend.definition_registry.upsert_definition(key: 'b', cron: '@daily')
    expect(Kaal.backend.definition_registry.all_definitions.map { |one| one.values_at(:key, :metadata) }).to eq([['b', {}], ['deep', {}]])
    expect { Kaal.backend.definition_registry.upsert_definition(key: 'c', cron: '@daily', metadata: JSON.parse(deep, max_nesting: 200)) }
      .to raise_error(ArgumentError, /metadata cannot be written as JSON/)
  end

  it 'of a scheduler file may not be deeper than JSON' do
    Kaal.backend = Kaal::Backend::MemoryAdapter.new
    Kaal.configuration.scheduler_config_path =
      write("defaults:\n  jobs: [{ key: a, cron: '@daily', job_class: Mailing::Report, args: [#{'[' * 110}#{']' * 110}] }]\n")
    expect { Kaal.load_scheduler_file! }.to raise_error(Kaal::SchedulerConfigError, /args cannot be written as JSON/)
  end

  # Whoever can write to the store names a class: only one that the app has, of those that may be called.
  describe 'that name a class' do
    before do
      Kaal.backend = Kaal::Backend::MemoryAdapter.new
      Kaal.configuration.delayed_job_allowed_class_prefixes = 'Mailing::'
      Mailing::Report.calls
    end

    ['Kernel', 'Mailing', '::Kernel', 'Mailing::Kernel', 'Mailing::Report::Kernel', 'Mailing::../Kernel', "Mailing::Report\nKernel",
     'Mailing::report', 'mailing::Report', ' Mailing::Report', 'Mailing::', '', "Mailing::Rep\0ort", 'Mailing::Object::Kernel'].each do |name|
      it "call nothing for #{name.inspect}" do
        row = { job_id: 'a', run_at: 0, job_class: name, args: '["x"]', queue: nil, created_at: 0 }
        Kaal.backend.delayed_store.enqueue(row)
        expect { Kaal.enqueue_at(at: Time.now, job_class: name, args: [], job_id: 'b') }.to raise_error(Kaal::SchedulerConfigError)
        Kaal.tick!
        expect([Mailing::Report.calls, log.string]).to match([[], /delayed job a .*failed/])
      end
    end
  end
end
