# frozen_string_literal: true

require 'redis'

# A master, its replica and a sentinel that moves the part of the master from one to the other.
RSpec.describe Kaal::Backend::RedisAdapter do
  let(:main) { RedisServer.new }
  let(:replica) { RedisServer.new(replicaof: ['127.0.0.1', main.port]) }
  let(:sentinel) do
    # Only then: a sentinel looks for replicas when it first sees the master, and 10 s later.
    wait_for('the replica to follow') { replica.inspector.info('replication')['master_link_status'] == 'up' }
    RedisServer.sentinel('main', main.port)
  end
  let(:log) { StringIO.new }
  let(:backend) { described_class.new(Redis.new(**RedisServer.sentinel_options('main', sentinel.port))) }

  before { Kaal.logger = Logger.new(log) }

  after { [main, replica, sentinel].each { |server| server.stop(:KILL) if server.running? } }

  # Orders the failover and comes back when the sentinel announces the new master.
  def fail_over
    subscriber = Redis.new(url: sentinel.url)
    subscriber.subscribe_with_timeout(30, '+switch-master') do |on|
      on.subscribe { order_failover }
      on.message do |_channel, message|
        expect(message).to eq("main 127.0.0.1 #{main.port} 127.0.0.1 #{replica.port}")
        subscriber.unsubscribe
      end
    end
  end

  def order_failover
    wait_for('the sentinel to accept a failover') do
      sentinel.inspector.call('SENTINEL', 'FAILOVER', 'main')
    rescue Redis::CommandError => e
      raise unless e.message.start_with?('NOGOODSLAVE')
    end
  end

  def expect_native
    expect([backend.inspect, log.string]).to match([/native=true/, ''])
  end

  it 'goes to the new master when the old one is gone' do
    expect(backend.acquire('before', 60)).to be(true)
    wait_for('the replica to have it') { replica.inspector.exists?('before') }
    fail_over
    main.stop(:KILL)
    expect([backend.acquire('before', 60), backend.acquire('after', 60)]).to eq([false, true])
    expect(replica.inspector.exists?('after')).to be(true)
    expect(backend.release('before')).to be(true)
    expect_native
  end

  it 'leaves a master that has become a replica, in the same call' do
    expect(backend.acquire('before', 60)).to be(true)
    fail_over
    main.inspector.call('REPLICAOF', '127.0.0.1', replica.port)
    expect(backend.acquire('after', 60)).to be(true)
    expect(replica.inspector.exists?('after')).to be(true)
    expect_native
  end
end
