# frozen_string_literal: true

require 'shared_backend'

RSpec.describe Kaal::Backend::MemoryAdapter do
  let(:backend) { described_class.new }

  it_behaves_like 'a backend'

  it 'is judged by Time.now, which tests freeze and move' do
    now = Time.now
    allow(Time).to receive(:now).and_return(now)
    backend.acquire('key', 60)
    allow(Time).to receive(:now).and_return(now + 59)
    expect(backend.acquire('key', 60)).to be(false)
    allow(Time).to receive(:now).and_return(now + 60)
    expect(backend.acquire('key', 60)).to be(true)
  end

  it 'gives each of many threads its own locks' do
    wins = Array.new(8) { Thread.new { (0...500).count { |n| backend.acquire("key #{n}", 60) } } }.sum(&:value)
    expect(wins).to eq(500)
  end

  it 'has a log that counts and clears' do
    backend.dispatch_registry.log_dispatch('job', 60, 'node', :failed)
    expect(backend.dispatch_registry.find_dispatch('job', 60)).to include(status: 'failed', fire_time: Time.at(60).utc)
    expect(backend.dispatch_registry.size).to eq(1)
    backend.dispatch_registry.clear
    expect(backend.dispatch_registry.size).to eq(0)
  end
end
