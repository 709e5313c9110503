# frozen_string_literal: true

require 'scheduler_file'

RSpec.describe Kaal, '.register over a job of the scheduler file' do
  include SchedulerFile

  let(:log) { StringIO.new }
  let(:code) { ->(**) {} }

  before do
    described_class.logger = Logger.new(log)
    described_class.configuration.scheduler_config_path = path
    write_job(metadata: { 'owner' => 'ops' }, enabled: false)
    described_class.load_scheduler_file!
  end

  def register(key = 'report')
    described_class.register(key: key, cron: '@hourly', enqueue: code)
  end

  def of_file
    described_class.registry.find('report')
  end

  it 'is refused' do
    expect { register }.to raise_error(
      Kaal::RegistryError, "Key 'report' is already registered by the scheduler file; remove one of the two, or set " \
                           'config.scheduler_conflict_policy to :file_wins or :code_wins'
    )
    expect([definition, of_file.cron]).to match([include(cron: '@daily', source: 'file'), '@daily'])
  end

  it 'changes nothing where the file wins, with a warning' do
    described_class.configuration.scheduler_conflict_policy = :file_wins
    old = of_file
    expect(register).to be(old)
    expect([definition, of_file]).to match([include(cron: '@daily', source: 'file'), be(old)])
    expect(log.string).to include('WARN -- : [Kaal] the scheduler file defines report too, and wins')
  end

  it 'replaces definition and callback where code wins, and keeps `enabled` and `metadata`' do
    described_class.configuration.scheduler_conflict_policy = :code_wins
    expect(register).to have_attributes(cron: '@hourly', enqueue: code)
    expect(definition).to include(cron: '@hourly', source: 'code', enabled: false, metadata: include('owner' => 'ops'))
    expect(of_file.enqueue).to be(code)
    expect { register }.to raise_error(Kaal::RegistryError, "Key 'report' is already registered")
    expect(described_class.load_scheduler_file!).to eq([])
  end

  it 'leaves all as it was when the store fails' do
    described_class.configuration.scheduler_conflict_policy = :code_wins
    old = of_file
    allow(described_class.definition_registry).to receive(:register_definitions).and_raise(IOError, 'gone')
    expect { register }.to raise_error(IOError)
    expect(of_file).to eq(old)
  end

  it 'is none where only the definition is stored' do
    described_class.registry.clear
    register
    expect(definition).to include(cron: '@hourly', source: 'code')
    expect { described_class.load_scheduler_file! }.to raise_error(Kaal::SchedulerConfigError, /job report is defined by code too/)
  end

  describe 'with register_all' do
    def register_all
      described_class.register_all([{ key: 'new', cron: '@daily', enqueue: code }, { key: 'report', cron: '@hourly', enqueue: code }])
    end

    it 'registers none where that is refused' do
      expect { register_all }.to raise_error(Kaal::RegistryError)
      expect(described_class.registered.map(&:key)).to eq(%w[report])
    end

    it 'registers the others where the file wins, and all where code wins' do
      described_class.configuration.scheduler_conflict_policy = :file_wins
      expect(register_all.map(&:cron)).to eq(%w[@daily @daily])
      described_class.unregister(key: 'new')
      described_class.configuration.scheduler_conflict_policy = :code_wins
      expect(register_all.map(&:cron)).to eq(%w[@daily @hourly])
      expect(described_class.registered.map(&:enqueue)).to eq([code, code])
    end
  end
end
