# frozen_string_literal: true

require 'stores'

RSpec.describe 'Kaal.dispatch_now' do # rubocop:disable RSpec/DescribeClass
  let(:runs) { [] }
  let(:store) { Stores.named('Redis') }

  before do
    store.begin
    Kaal.backend = store.adapter
    Kaal.configuration.enable_log_dispatch_registry = true
  end

  after { store.finish }

  def register(cron, **options)
    Kaal.register(key: 'job', cron: cron, enqueue: ->(fire_time:, **) { runs << fire_time }, **options)
  end

  it 'dispatches a run of its own each time, and the scheduled one all the same' do
    register('* * * * *')
    times = Array.new(3) { Kaal.dispatch_now(key: :job) }
    expect([times.uniq, times.map(&:sec)]).to match([times, all(be_positive)])
    expect([runs, times.map { |time| Kaal.dispatched?('job', time) }]).to eq([times, [true] * 3])
    Kaal.tick!
    expect((runs - times).map(&:sec).uniq).to eq([0])
  end

  it 'leaves every second alone that is a fire time' do
    register('*/2 * * * * *')
    expect(Array.new(3) { Kaal.dispatch_now(key: 'job').sec.odd? }).to eq([true] * 3)
  end

  it 'dispatches a job that is disabled' do
    register('@daily')
    Kaal.disable(key: 'job')
    expect([Kaal.dispatch_now(key: 'job')]).to eq(runs)
  end

  it 'closes the claim of one that is to run at least once' do
    register('@daily', guarantee: :at_least_once)
    Kaal.dispatch_now(key: 'job')
    expect([runs.size, store.server.inspector.zcard('kaal:claims')]).to eq([1, 0])
  end

  it 'refuses a job that has no callback, or no second left' do
    expect { Kaal.dispatch_now(key: 'job') }.to raise_error(ArgumentError, /job has no callback in this process/)
    register('* * * * * *')
    expect { Kaal.dispatch_now(key: 'job') }.to raise_error(ArgumentError, /job runs every second/)
    expect(runs).to eq([])
  end

  it 'says that the store fails' do
    register('@daily')
    Kaal.backend = Kaal::Backend::RedisAdapter.new('redis://127.0.0.1:1')
    expect { Kaal.dispatch_now(key: 'job') }.to raise_error(Kaal::Backend::StoreError, /refused/)
  end
end
