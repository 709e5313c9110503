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
end
