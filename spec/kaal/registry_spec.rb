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

  it 'replaces by many only what it was told of' do
    old = registry.add(key: 'a', cron: '@daily', enqueue: job)
    entry = described_class.entry(key: 'a', cron: '@hourly', enqueue: job)
    expect([registry.add_all([entry], { 'a' => old }), registry.find('a')]).to eq([[entry], entry])
    expect { registry.add_all([entry], { 'a' => old }) }.to raise_error(Kaal::RegistryError, "Key 'a' is already registered")
  end

  it 'refuses what is no job' do
    { { key: ' ' } => 'key cannot be empty', { cron: nil } => 'cron cannot be empty',
      { enqueue: 'x' } => 'enqueue must be callable' }.each do |wrong, message|
      expect { registry.add(key: 'a', cron: '@daily', enqueue: job, **wrong) }.to raise_error(ArgumentError, message)
    end
  end

  it 'finds a job by its key, whatever the key is written as' do
    registry.add(key: :tâche, cron: '@daily', enqueue: job)
    ['tâche', :tâche, 'tâche'.encode('ISO-8859-1'), 'tâche'.encode('UTF-16LE')].each do |key|
      expect(registry.find(key)).to have_attributes(key: 'tâche'), key.inspect
      expect(registry.registered?(key)).to be(true)
      expect { registry.add(key: key, cron: '@daily', enqueue: job) }.to raise_error(Kaal::RegistryError)
    end
    expect(registry.find('tâche').key).to be_frozen.and have_attributes(encoding: Encoding::UTF_8)
    expect(registry.find(nil)).to be_nil
    expect(registry.remove('tâche'.encode('ISO-8859-1'))).to have_attributes(key: 'tâche')
    expect(registry.size).to eq(0)
  end

  it 'refuses a key that is no text' do
    { 5 => /key must be a String or a Symbol, is 5/, "\xff" => /key must be valid UTF-8/,
      "\xff".b => /key must be a text that UTF-8 can hold/, nil => /key cannot be empty/ }.each do |key, message|
      expect { registry.add(key: key, cron: '@daily', enqueue: job) }.to raise_error(ArgumentError, message)
    end
    expect { registry.find(5) }.to raise_error(ArgumentError, /key must be a String/)
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
