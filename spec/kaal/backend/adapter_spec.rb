# frozen_string_literal: true

RSpec.describe Kaal::Backend::Adapter do
  it 'leaves acquire and release to its subclasses' do
    expect { described_class.new.acquire('key', 1) }.to raise_error(NotImplementedError, /must implement acquire/)
    expect { described_class.new.release('key') }.to raise_error(NotImplementedError, /must implement release/)
    expect(described_class.new.definition_registry).to be_nil
  end

  it 'has a subclass for which every lock is free' do
    null = Kaal::Backend::NullAdapter.new
    expect([null.acquire('key', 1), null.acquire('key', 1), null.release('key')]).to eq([true, true, true])
    expect(null.with_lock('key', ttl: 1) { :value }).to eq(:value)
  end
end
