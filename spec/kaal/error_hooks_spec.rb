# frozen_string_literal: true

RSpec.describe Kaal::Configuration, '#on_error' do
  let(:log) { StringIO.new }
  let(:told) { [] }
  let(:noon) { Time.utc(2026, 3, 1, 12) }

  before do
    Kaal.logger = Logger.new(log)
    Kaal.backend = Kaal::Backend::MemoryAdapter.new
    allow(Time).to receive(:now).and_return(noon)
    Kaal.register(key: 'job', cron: '0 12 * * *', enqueue: ->(**) { raise 'no' })
  end

  def hook(name)
    ->(error, context) { told << [name, error.message, context] }
  end

  it 'tells all hooks in their order of a callback that raised' do
    Kaal.configure do |config|
      config.on_error(&hook(:first))
      config.on_error(&hook(:second))
    end
    Kaal.tick!
    context = { message: 'job job at 2026-03-01T12:00:00Z failed: RuntimeError', key: 'job', fire_time: noon, attempt: 1 }
    expect(told).to eq([[:first, 'no', context], [:second, 'no', context]])
    expect(log.string).to include('job job at 2026-03-01T12:00:00Z failed: RuntimeError: no')
  end

  it 'tells of a store that fails' do
    Kaal.configuration.on_error(&hook(:hook))
    allow(Kaal.backend).to receive(:claim_many).and_raise(Kaal::Backend::LockAdapterError, 'gone')
    Kaal.tick!
    expect(told).to eq([[:hook, 'gone', { message: 'claim failed, trying again' }]])
    allow(Kaal.definition_registry).to receive(:version).and_raise(Kaal::Backend::StoreError, 'gone, too')
    Kaal.tick!
    expect(told[1]).to eq([:hook, 'gone, too', { message: 'cannot read the definitions, the last ones stay in force' }])
  end

  it 'tells of jobs that are left out' do
    Kaal.configuration.enable_log_dispatch_registry = true
    Kaal.register(key: 'promise', cron: '0 12 * * *', guarantee: :at_least_once, enqueue: ->(**) {})
    Kaal.configuration.enable_log_dispatch_registry = false
    Kaal.definition_registry.upsert_definition(key: 'job', cron: '*/0 * * * *')
    Kaal.configuration.on_error(&hook(:hook))
    2.times { Kaal.tick! }
    expect(told).to contain_exactly(
      [:hook, 'minute: step "0" is not a number from 1 to 99', { message: 'job job is left out' }],
      [:hook, 'guarantee: :at_least_once needs config.enable_log_dispatch_registry = true', { message: 'job promise is left out' }]
    )
  end

  it 'goes on when a hook raises or writes to its context' do
    Kaal.configure do |config|
      config.on_error { |_error, context| context.clear }
      config.on_error { raise NotImplementedError, 'a hook' }
      config.on_error(&hook(:last))
    end
    Kaal.tick!
    expect(told.map { |name, _message, context| [name, context[:key]] }).to eq([[:last, 'job']])
    expect(log.string).to include('a hook of config.on_error failed: NotImplementedError: a hook')
  end

  it 'replaces and clears the hooks' do
    configuration = described_class.new
    configuration.on_error(&hook(:old))
    configuration.on_error = hook(:new)
    expect(configuration.error_hooks.size).to eq(1)
    configuration.on_error = nil
    expect(configuration.error_hooks).to eq([])
    expect { configuration.on_error }.to raise_error(ArgumentError, /a block is required/)
    expect { configuration.on_error = :log }.to raise_error(ArgumentError, 'on_error must be callable with error and context, or nil, is :log')
  end

  it 'belongs to one configuration, also when that is copied' do
    copy = Kaal.configuration.dup
    copy.on_error(&hook(:copy))
    copy.tick_interval = 7
    expect([Kaal.configuration.error_hooks, Kaal.tick_interval]).to eq([[], 5])
  end

  it 'goes on when the reporter of Rails fails' do
    stub_const('Rails', Module.new)
    def Rails.error = raise('no reporter')
    Kaal.tick!
    expect(log.string).to include('Rails.error failed: RuntimeError: no reporter')
  end

  it 'does without a reporter where Rails has no app yet' do
    stub_const('Rails', Module.new)
    def Rails.error = nil
    Kaal.tick!
    expect(log.string.lines.grep(/ERROR/).size).to eq(1)
  end
end
