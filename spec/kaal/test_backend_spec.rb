# frozen_string_literal: true

RSpec.describe Kaal::Configuration, '#use_memory_in_tests' do
  subject(:configuration) { described_class.new.tap { |config| config.use_memory_in_tests = true } }

  def environment(test)
    environment = Struct.new(:test) { alias_method :test?, :test }.new(test)
    stub_const('Rails', Module.new).define_singleton_method(:env) { environment }
  end

  let(:redis) { Kaal::Backend::RedisAdapter.new('redis://localhost:1') }

  it 'replaces a built-in backend in the test environment of Rails, always by the same' do
    environment(true)
    configuration.backend = redis
    expect(configuration.backend).to be_a(Kaal::Backend::MemoryAdapter).and be(configuration.backend)
    expect(configuration.to_h[:backend]).to eq('Kaal::Backend::MemoryAdapter')
    configuration.use_memory_in_tests = false
    expect(configuration.backend).to be(redis)
  end

  it 'leaves memory, none, and what an app has made' do
    environment(true)
    [Kaal::Backend::MemoryAdapter.new, Kaal::Backend::NullAdapter.new, Object.new, nil].each do |backend|
      configuration.backend = backend
      expect(configuration.backend).to be(backend)
    end
  end

  it 'changes nothing in another environment, and without Rails' do
    configuration.backend = redis
    hide_const('Rails')
    expect(configuration.backend).to be(redis)
    environment(false)
    expect(configuration.backend).to be(redis)
  end
end
