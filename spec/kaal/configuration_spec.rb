# frozen_string_literal: true

RSpec.describe Kaal::Configuration do
  subject(:configuration) { described_class.new }

  it 'has the defaults of Kaal' do
    expect(configuration.to_h).to eq(
      tick_interval: 5, window_lookback: 120, window_lookahead: 0, lease_ttl: 125, namespace: 'kaal', backend: nil,
      logger: nil, time_zone: nil, dst: nil, dispatch_threads: 0, use_memory_in_tests: false, enable_log_dispatch_registry: false, enable_dispatch_recovery: true,
      recovery_window: 86_400, recovery_startup_jitter: 5, scheduler_config_path: 'config/scheduler.yml',
      scheduler_conflict_policy: :error, scheduler_missing_file_policy: :warn, scheduler_reload: false,
      enable_delayed_jobs: true, delayed_job_allowed_class_prefixes: [], delayed_job_max_attempts: 25,
      queue_redis: nil, queue_options: {}
    )
  end

  it 'converts what it is given' do
    configuration.tick_interval = '7'
    configuration.namespace = :app
    configuration.scheduler_conflict_policy = 'code_wins'
    configuration.enable_log_dispatch_registry = 'yes'
    configuration.time_zone = :UTC
    expect(configuration).to have_attributes(
      tick_interval: 7, namespace: 'app', scheduler_conflict_policy: :code_wins, enable_log_dispatch_registry: true,
      time_zone: 'UTC'
    )
    configuration.time_zone = nil
    configuration.scheduler_missing_file_policy = nil
    expect(configuration).to have_attributes(time_zone: nil, scheduler_missing_file_policy: nil)
  end

  it 'knows its settings and no others' do
    expect(configuration).to respond_to(:lease_ttl, :lease_ttl=)
    expect { configuration.leese_ttl }.to raise_error(NoMethodError)
    expect { configuration.leese_ttl = 1 }.to raise_error(NoMethodError)
  end

  it 'does not show what the backend knows' do
    configuration.backend = Kaal::Backend::RedisAdapter.new('redis://:secret@localhost:1')
    configuration.logger = Struct.new(:password).new('secret')
    configuration.queue_redis = 'redis://:secret@localhost:1'
    expect(configuration.inspect).to include('tick_interval=5', 'backend="Kaal::Backend::RedisAdapter"', 'queue_redis="localhost:1"')
    expect(configuration.inspect).not_to include('secret')
    expect { configuration.leese_ttl }.to raise_error(NoMethodError) { |error|
      expect(error.message).not_to include('secret')
    }
  end

  describe '#effective_time_zone' do
    around do |example|
      before = ENV.fetch('TZ', nil)
      example.run
    ensure
      ENV['TZ'] = before
    end

    it 'is the one that ENV TZ names now, where none is set' do
      expect(zones_with('Asia/Tokyo')).to eq(%w[Asia/Tokyo Asia/Tokyo])
      expect(zones_with(':Europe/Paris')).to eq(%w[Europe/Paris Europe/Paris])
      expect(zones_with('posix/Asia/Tokyo')).to eq(%w[Asia/Tokyo Asia/Tokyo])
      expect(zones_with('')).to eq(%w[UTC UTC])
      configuration.time_zone = 'Asia/Kathmandu'
      expect(configuration.effective_time_zone).to eq('Asia/Kathmandu')
    end

    it 'leaves to the system what is no name, and reports what is nothing at all' do
      ['UTC+12', 'CET-1CEST,M3.5.0,M10.5.0/3', __FILE__].each do |zone|
        ENV['TZ'] = zone
        expect([configuration.effective_time_zone, configuration.validate]).to eq([nil, []]), zone
      end
      ['Mars/Olympus', ':europe/paris', '/none', "\xff"].each do |zone|
        ENV['TZ'] = zone
        expect(configuration.validate).to match([/\AENV TZ: ".*" names no time zone\z/]), zone.inspect
      end
      configuration.time_zone = 'UTC'
      expect(configuration.validate).to eq([])
    end

    def zones_with(zone)
      ENV['TZ'] = zone
      [configuration.effective_time_zone, Kaal::Cron.parse('@daily').zone]
    end
  end

  it 'gives the names of backend and logger' do
    configuration.backend = Kaal::Backend::NullAdapter.new
    configuration.logger = Logger.new(nil)
    expect(configuration.to_h).to include(backend: 'Kaal::Backend::NullAdapter', logger: 'Logger')
  end

  describe '#validate' do
    it 'finds nothing wrong with the defaults' do
      expect(configuration.validate).to eq([])
      expect(configuration.validate!).to be(configuration)
    end

    it 'names everything that is wrong at once' do
      configuration.tick_interval = 0
      configuration.window_lookback = -1
      configuration.namespace = ' '
      configuration.scheduler_conflict_policy = :either
      configuration.time_zone = 'Mars/Olympus'
      expect { configuration.validate! }.to raise_error(Kaal::ConfigurationError) { |error|
        expect(error.message.split('; ')).to contain_exactly(
          /\Atick_interval must be greater than 0/, /\Awindow_lookback must be at least 0/,
          'namespace cannot be blank', /\Ascheduler_conflict_policy must be one of error, code_wins, file_wins/,
          /\Atime_zone: "Mars.Olympus" is neither a name/
        )
      }
    end

    it 'wants an adapter for a backend, and does not show what is none' do
      configuration.backend = 'redis://:secret@localhost'
      expect(configuration.validate).to eq(
        ["backend must be an adapter, such as Kaal::Backend::RedisAdapter.new(ENV.fetch('REDIS_URL')), is a String"]
      )
      configuration.backend = Kaal::Backend::MemoryAdapter
      expect(configuration.validate).to contain_exactly(/is the class Kaal::Backend::MemoryAdapter: make one of it by new\z/)
      configuration.backend = Struct.new(:acquire).new
      expect(configuration.validate).to eq([])
    end

    it 'wants texts that are texts' do
      configuration.namespace = "\xff"
      configuration.time_zone = "\xff"
      configuration.scheduler_config_path = "\xff".b
      configuration.backend = Kaal::Backend::RedisAdapter.new('redis://localhost:1')
      expect(configuration.validate).to contain_exactly(
        /\Anamespace must be valid UTF-8/, /\Atime_zone must be valid UTF-8/,
        /\Ascheduler_config_path must be valid UTF-8/
      )
    end

    it 'wants numbers for the recovery' do
      [nil, '86400', -1, Float::NAN, Float::INFINITY].each do |wrong|
        configuration.recovery_window = configuration.recovery_startup_jitter = wrong
        expect(configuration.validate).to match(
          [/\Arecovery_window must be a number of at least 0, is /, /\Arecovery_startup_jitter must be a number/]
        ), wrong.inspect
      end
      configuration.recovery_window = configuration.recovery_startup_jitter = 0.5
      expect(configuration.validate).to eq([])
    end

    it 'wants a recovery window that the dispatch log covers, where there is one' do
      configuration.recovery_window = 604_801
      configuration.backend = Kaal::Backend::MemoryAdapter.new
      expect(configuration.validate).to eq([])
      configuration.enable_log_dispatch_registry = true
      expect(configuration.validate).to contain_exactly(/\Arecovery_window must be at most 604800, .*, is 604801\z/)
      configuration.backend = Kaal::Backend::RedisAdapter.new('redis://localhost:1')
      expect(configuration.validate).to contain_exactly(/\Arecovery_window must be at most/)
      configuration.enable_dispatch_recovery = false
      expect(configuration.validate).to eq([])
      configuration.enable_dispatch_recovery = true
      configuration.recovery_window = 604_800
      expect(configuration.validate).to eq([])
    end

    it 'wants a lease that outlasts the look-back, once the numbers themselves are right' do
      configuration.lease_ttl = 124
      expect(configuration.validate).to contain_exactly(/\Alease_ttl must be at least .*\(125\), is 124/)
      configuration.tick_interval = 0
      expect(configuration.validate).to contain_exactly(/\Atick_interval/)
    end
  end
end
