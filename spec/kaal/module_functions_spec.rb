# frozen_string_literal: true

require 'tmpdir'

RSpec.describe Kaal do
  let(:job) { ->(**) {} }

  it 'is configured in a block' do
    described_class.configure { |config| config.namespace = 'app' }
    expect(described_class.namespace).to eq('app')
    described_class.lease_ttl = 300
    expect(described_class.configuration.lease_ttl).to eq(300)
    expect(described_class.configure).to be_nil
  end

  it 'is required under the name of the gem as well' do
    expect(require('kaal-rs')).to be(true).or be(false)
  end

  it 'requires by itself what it uses of the standard library' do
    lib = File.expand_path('../../lib', __dir__)
    script = 'require "kaal"; Kaal::Backend::RedisAdapter.new(URI("redis://127.0.0.1"))'
    expect(system(RbConfig.ruby, '--disable-gems', '-I', lib, '-e', script)).to be(true)
  end

  describe '.create_tables!' do
    it 'makes the tables of the backend' do
      Dir.mktmpdir do |folder|
        described_class.backend = Kaal::Backend::SQLiteAdapter.new(path: File.join(folder, 'kaal.sqlite3'))
        expect([described_class.create_tables!, described_class.create_tables!, described_class.registered]).to eq([nil, nil, []])
      end
    end

    it 'says where there are none to make' do
      expect { described_class.create_tables! }.to raise_error(Kaal::ConfigurationError, /set config.backend to a PostgresAdapter.*, it is nil/)
      described_class.backend = Kaal::Backend::MemoryAdapter.new
      expect { described_class.create_tables! }
        .to raise_error(Kaal::ConfigurationError, /it is a Kaal::Backend::MemoryAdapter/)
    end
  end

  describe '.register' do
    it 'stores a definition and keeps the callback' do
      described_class.register(key: 'report', cron: '0 9 * * *', enqueue: job)
      expect(described_class.registered).to contain_exactly(have_attributes(key: 'report', enqueue: job))
      expect(described_class.definition_registry.find_definition('report'))
        .to include(cron: '0 9 * * *', enabled: true, source: 'code', metadata: {})
      expect(described_class.registered?(key: 'report')).to be(true)
    end

    it 'keeps `enabled` and `metadata` of a stored definition, which alone is no conflict' do
      described_class.definition_registry
                     .upsert_definition(key: 'report', cron: '@daily', enabled: false, metadata: { 'owner' => 'ops' })
      described_class.register(key: 'report', cron: '@hourly', enqueue: job)
      expect(described_class.definition_registry.find_definition('report'))
        .to include(cron: '@hourly', enabled: false, metadata: include('owner' => 'ops'))
    end

    it 'refuses a key twice' do
      described_class.register(key: 'report', cron: '@daily', enqueue: job)
      expect { described_class.register(key: 'report', cron: '@daily', enqueue: job) }
        .to raise_error(Kaal::RegistryError, "Key 'report' is already registered")
    end

    it 'serves one of many threads that register a key, whose definition stays' do
      won = Array.new(8) do |n|
        Thread.new do
          described_class.register(key: 'report', cron: "#{n} * * * *", enqueue: job)
        rescue Kaal::RegistryError
          nil
        end
      end.filter_map(&:value)
      expect(won.size).to eq(1)
      expect(described_class.definition_registry.find_definition('report')).to include(cron: won.first.cron)
    end

    it 'keeps no callback whose definition could not be stored' do
      allow(described_class.definition_registry).to receive(:register_definitions).and_raise(IOError, 'gone')
      expect { described_class.register(key: 'report', cron: '@daily', enqueue: job) }.to raise_error(IOError)
      expect(described_class.registry.registered?('report')).to be(false)
    end

    it 'refuses an expression that is none, and says why' do
      expect { described_class.register(key: 'report', cron: '*/0 * * * *', enqueue: job) }
        .to raise_error(Kaal::CronError, /minute: step "0"/)
      expect(described_class.definition_registry.all_definitions).to eq([])
    end

    it 'runs a job whose key is a Symbol or in another encoding' do
      keys = [:report, 'tâche'.encode('ISO-8859-1')]
      runs = []
      keys.each do |key|
        described_class.register(key: key, cron: '* * * * * *', enqueue: ->(idempotency_key:, **) { runs << idempotency_key })
      end
      described_class.tick!
      expect(runs.map { |run| run.split('-')[1] }.uniq).to contain_exactly('report', 'tâche')
      keys.each do |key|
        expect([described_class.registered?(key: key), described_class.disable(key: key), described_class.enable(key: key),
                described_class.unregister(key: key)]).to match([true, include(enabled: false), include(enabled: true), be])
      end
      expect(described_class.registered).to eq([])
    end

    it 'does not touch the store for what it refuses' do
      stored = Class.new(Kaal::Definition::MemoryEngine) { define_method(:write) { |_changes| raise 'written' } }.new
      allow(described_class).to receive(:definition_registry).and_return(stored)
      good = { key: 'report', cron: '@daily', enqueue: job }
      [{ enqueue: nil }, { key: ' ' }, { key: nil }, { key: 5 }, { key: "\xff" }, { cron: '' }, { splay: -1 }].each do |bad|
        expect { described_class.register(**good, **bad) }.to raise_error(ArgumentError), bad.inspect
      end
      expect { described_class.register(**good, cron: "\xff") }.to raise_error(Kaal::CronError, /no valid UTF-8/)
      expect { described_class.register(**good) }.to raise_error('written')
    end

    it 'takes the definition back when the entry is refused' do
      expect { described_class.register(key: 'report', cron: '@daily', enqueue: nil) }.to raise_error(ArgumentError)
      expect(described_class.registered?(key: 'report')).to be(false)
      described_class.definition_registry.upsert_definition(key: 'report', cron: '@hourly', source: 'file')
      expect { described_class.register(key: 'report', cron: '@daily', enqueue: nil) }.to raise_error(ArgumentError)
      expect(described_class.definition_registry.find_definition('report')).to include(cron: '@hourly', source: 'file')
    end
  end

  it 'unregisters, enables and disables' do
    entry = described_class.register(key: 'report', cron: '@daily', enqueue: job)
    expect(described_class.disable(key: 'report')).to include(enabled: false, disabled_at: be_a(Time))
    expect(described_class.enable(key: 'report')).to include(enabled: true, disabled_at: nil)
    expect(described_class.unregister(key: 'report')).to eq(entry)
    expect(described_class.registered).to eq([])
    expect([described_class.enable(key: 'none'), described_class.disable(key: 'none')]).to eq([nil, nil])
  end

  it 'gives the idempotency key of a run to a block' do
    expect(described_class.with_idempotency('report', Time.at(60)) { |key| "<#{key}>" }).to eq('<kaal-report-60>')
    expect { described_class.with_idempotency('report', 60) }.to raise_error(ArgumentError)
  end

  describe '.dispatched?' do
    it 'asks the log of the backend' do
      described_class.backend = Kaal::Backend::MemoryAdapter.new
      described_class.dispatch_log_registry.log_dispatch('report', Time.at(60), 'node')
      expect(described_class.dispatched?('report', Time.at(60))).to be(true)
      expect(described_class.dispatched?('report', 61)).to be(false)
    end

    it 'is false without a log and when the log fails, which it says' do
      expect(described_class.dispatched?('report', 60)).to be(false)
      described_class.logger = Logger.new(log = StringIO.new)
      described_class.backend = Kaal::Backend::RedisAdapter.new("redis://127.0.0.1:#{RedisServer.free_port}")
      expect(described_class.dispatched?('report', 60)).to be(false)
      expect(log.string).to include('cannot look up the dispatch of report')
    end
  end

  it 'keeps the options of a job in its metadata' do
    described_class.register(key: 'report', cron: '@daily', splay: 30, dst: { gap: :shift }, enqueue: job)
    definition = described_class.definition_registry.find_definition('report')
    expect(definition[:metadata]).to eq('kaal_rs' => { 'dst' => { 'gap' => 'shift' }, 'splay' => 30 })
    described_class.reset_registry!
    described_class.register(key: 'report', cron: '@daily', enqueue: job)
    expect(described_class.definition_registry.find_definition('report')[:metadata]).to eq({})
  end

  it 'leaves the metadata of the app alone, whatever its keys' do
    mine = { 'options' => { 'retries' => 3 }, 'owner' => 'ops' }
    described_class.definition_registry.upsert_definition(key: 'report', cron: '@daily', metadata: mine)
    [[{ splay: 30 }, { 'kaal_rs' => { 'splay' => 30 } }], [{}, {}]].each do |options, ours|
      described_class.registry.clear
      described_class.register(key: 'report', cron: '@daily', enqueue: job, **options)
      expect(described_class.definition_registry.find_definition('report')[:metadata]).to eq(mine.merge(ours))
    end
  end

  it 'refuses options that are none' do
    { { speed: 1 } => /unknown option speed, expected dst, zone, splay/, { splay: -1 } => /splay must be a whole number/,
      { missed: :some } => /missed must be :all, :latest, :skip, is :some/, { missed_within: 1.5 } => /missed_within must be/,
      { on_error: true } => /on_error must be :fail, :retry/, { zone: 'Mars' } => /time zone: "Mars"/,
      { splay: '5' } => /from 0 to 86400, is "5"/, { dst: :shift } => /dst: expected a Hash/ }.each do |options, message|
      expect { described_class.register(key: 'report', cron: '@daily', enqueue: job, **options) }
        .to raise_error(ArgumentError, message)
    end
    expect(described_class.registered).to eq([])
  end

  it 'keeps its state where the spec helpers of apps reset it' do
    described_class.register(key: 'report', cron: '@daily', enqueue: job)
    described_class.configuration.namespace = 'app'
    %i[@coordinator @registry @configuration @definition_registry].each do |name|
      described_class.instance_variable_set(name, nil)
    end
    expect([described_class.namespace, described_class.registered]).to eq(['kaal', []])
  end
end
