# frozen_string_literal: true

RSpec.describe Kaal::Configuration do
  subject(:configuration) { described_class.new }

  it 'has the defaults of Kaal' do
    expect(configuration.to_h).to eq(
      tick_interval: 5, window_lookback: 120, window_lookahead: 0, lease_ttl: 125, namespace: 'kaal', backend: nil,
      logger: nil, time_zone: nil, dst: nil, enable_log_dispatch_registry: false, enable_dispatch_recovery: true,
      recovery_window: 86_400, recovery_startup_jitter: 5, scheduler_config_path: 'config/scheduler.yml',
      scheduler_conflict_policy: :error, scheduler_missing_file_policy: :warn
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

    it 'wants a lease that outlasts the look-back, once the numbers themselves are right' do
      configuration.lease_ttl = 124
      expect(configuration.validate).to contain_exactly(/\Alease_ttl must be at least .*\(125\), is 124/)
      configuration.tick_interval = 0
      expect(configuration.validate).to contain_exactly(/\Atick_interval/)
    end
  end
end
