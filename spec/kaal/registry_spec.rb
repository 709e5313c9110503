# frozen_string_literal: true

RSpec.describe Kaal::Registry do
  subject(:registry) { described_class.new }

  let(:job) { -> {} }

  it 'keeps frozen entries by key' do
    entry = registry.add(key: 'a', cron: '@daily', enqueue: job)
    expect(entry).to be_frozen.and have_attributes(key: 'a', cron: '@daily', enqueue: job)
    expect(registry.find('a')).to be(entry)
    expect(registry.to_a).to eq([{ key: 'a', cron: '@daily', enqueue: job }])
    expect([registry.size, registry.count, registry.registered?('a'), registry.registered?('b')])
      .to eq([1, 1, true, false])
    expect(registry.inspect).to include('size=1', '"a"')
  end

  it 'refuses a key that is taken, unless asked to replace it' do
    registry.add(key: 'a', cron: '@daily', enqueue: job)
    expect { registry.add(key: 'a', cron: '@hourly', enqueue: job) }
      .to raise_error(Kaal::RegistryError, "Key 'a' is already registered")
    registry.upsert(key: 'a', cron: '@hourly', enqueue: job)
    expect(registry.find('a').cron).to eq('@hourly')
  end

  it 'refuses what is no job' do
    { { key: ' ' } => 'key cannot be empty', { cron: nil } => 'cron cannot be empty',
      { enqueue: 'x' } => 'enqueue must be callable' }.each do |wrong, message|
      expect { registry.add(key: 'a', cron: '@daily', enqueue: job, **wrong) }.to raise_error(ArgumentError, message)
    end
  end

  it 'iterates over a snapshot' do
    registry.add(key: 'a', cron: '@daily', enqueue: job)
    registry.each { |entry| registry.remove(entry.key) }
    expect(registry.size).to eq(0)
    expect(registry.each).to be_an(Enumerator)
  end

  it 'answers how many it cleared' do
    registry.add(key: 'a', cron: '@daily', enqueue: job)
    expect([registry.clear, registry.all]).to eq([1, []])
  end
end
