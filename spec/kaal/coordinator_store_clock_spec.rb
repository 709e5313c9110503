# frozen_string_literal: true

RSpec.describe Kaal::Coordinator, '#tick! by the store\'s clock' do
  let(:backend) { Kaal::Backend::MemoryAdapter.new }

  before { Kaal.configure { |config| config.backend = backend } }

  it 'runs nothing early after this machine\'s clock was set right' do
    real = Process.clock_gettime(Process::CLOCK_REALTIME)
    set = -3_600
    allow(Process).to receive(:clock_gettime).and_call_original
    allow(Process).to receive(:clock_gettime).with(Process::CLOCK_REALTIME) { real + set }
    allow(Time).to receive(:now) { Time.at(real + set) }
    backend.define_singleton_method(:store_time) { real }
    called = []
    Kaal.register(key: 'job', cron: '* * * * *', enqueue: ->(fire_time:, **) { called << fire_time })
    Kaal.tick!
    expect(Kaal.clock_skew).to be_within(1).of(3_600)
    set = 0
    Kaal.tick!
    expect(called.max).to be <= Time.at(real)
    expect(Kaal.clock_skew).to be_within(1).of(0)
  end

  it 'does not go by an answer that was long on its way' do
    backend.define_singleton_method(:store_time) do
      sleep 2.2
      Process.clock_gettime(Process::CLOCK_REALTIME)
    end
    expect(Kaal.clock_skew).to be_nil
  end

  describe 'what is done on request' do
    before do
      Kaal.configuration.enable_log_dispatch_registry = true
      backend.define_singleton_method(:store_time) { Process.clock_gettime(Process::CLOCK_REALTIME) + 3_600 }
      Kaal.register(key: 'job', cron: '* * * * *', enqueue: ->(**) {})
    end

    let(:theirs) { Time.now + 3_600 }

    it 'has the store\'s time: a run of its own' do
      expect(Kaal.dispatch_now(key: 'job')).to be_within(5).of(theirs)
    end

    it 'has the store\'s time: a back-fill, whose end is no future there' do
      expect(Kaal.backfill(key: 'job', from: theirs - 120, to: theirs - 1)).to eq(2)
      expect { Kaal.backfill(key: 'job', from: theirs, to: theirs + 60) }.to raise_error(ArgumentError, /is in the future/)
    end
  end
end
