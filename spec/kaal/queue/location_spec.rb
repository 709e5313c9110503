# frozen_string_literal: true

require 'redis'

RSpec.describe 'The Redis of a queue that has a name' do # rubocop:disable RSpec/DescribeClass
  let(:protected_redis) { @protected_redis ||= RedisServer.new(requirepass: 'hush') }
  let(:port) { protected_redis.port }

  around do |example|
    before = ENV.delete('REDIS_URL')
    example.run
  ensure
    ENV['REDIS_URL'] = before
    @protected_redis&.stop
  end

  def place(**settings)
    settings.each { |name, value| Kaal.configuration.public_send(:"#{name}=", value) }
    Kaal::Queue.named(:mails).status[:ready]
  end

  it 'is that of the backend, with its credentials' do
    [Kaal::Backend::RedisAdapter.new("redis://:hush@127.0.0.1:#{port}"), Kaal::Backend::RedisAdapter.new("redis://127.0.0.1:#{port}", password: 'hush'),
     Kaal::Backend::RedisAdapter.new(URI("redis://127.0.0.1:#{port}"), password: 'hush'),
     Kaal::Backend::RedisAdapter.new(Redis.new(url: "redis://127.0.0.1:#{port}", password: 'hush'))].each do |backend|
      expect(place(backend: backend)).to eq(0), backend.inspect
    end
  end

  it 'is that of REDIS_URL where the backend is another, and the one that is set before all' do
    ENV['REDIS_URL'] = "redis://:hush@127.0.0.1:#{port}"
    expect(place(backend: Kaal::Backend::MemoryAdapter.new)).to eq(0)
    expect(place(backend: Kaal::Backend::RedisAdapter.new('redis://127.0.0.1:1'), queue_redis: ENV.fetch('REDIS_URL'))).to eq(0)
  end

  it 'is asked for where there is none' do
    expect { place }.to raise_error(Kaal::ConfigurationError, /the queue has no Redis: .*; the backend is nil\z/)
    expect { place(backend: Kaal::Backend::MemoryAdapter.new) }.to raise_error(Kaal::ConfigurationError, /is a Kaal::Backend::MemoryAdapter\z/)
  end

  it 'is refused where no native connection can be made, and the message says which it is' do
    url = 'redis://127.0.0.1:1'
    {
      { backend: Kaal::Backend::RedisAdapter.new(url, password: -> { 'hush' }) } => /\Athe Redis of config.backend: a queue cannot call a proc/,
      { backend: Kaal::Backend::RedisAdapter.new(-> { url }) } => /\Athe Redis of config.backend: a queue cannot call a proc/,
      { queue_redis: Object.new } => /\Aconfig.queue_redis: a queue needs a URL/,
      { queue_redis: url, queue_options: { leese: 1 } } => /\Aconfig.queue_options: unknown keyword: :leese\z/,
      { queue_redis: url, queue_options: 1 } => /\Aconfig.queue_options: must be a Hash, is a Integer\z/
    }.each do |settings, message|
      expect { place(**settings) }.to raise_error(Kaal::ConfigurationError, message)
    end
    expect(Kaal.validate).to eq(['queue_options: must be a Hash, is a Integer'])
  end
end
