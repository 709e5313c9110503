# frozen_string_literal: true

require 'code_block'
require 'redis_cluster'

# A real cluster of three masters. Its client is called: it knows where each key lies. That of redis-rb 5
# is a gem of its own, which Debian does not have.
RSpec.describe Kaal::Backend::RedisAdapter, if: Redis::VERSION.start_with?('4.') do
  before(:context) { @cluster = RedisCluster.new } # rubocop:disable RSpec/BeforeAfterAll

  after(:context) { @cluster.stop } # rubocop:disable RSpec/BeforeAfterAll

  let(:log) { StringIO.new }
  let(:backend) { described_class.new(@cluster.client, namespace: '{kaal}') }

  before do
    @cluster.servers.each(&:flush)
    Kaal.logger = Logger.new(log)
    Kaal.namespace = '{kaal}'
  end

  it 'says once that it calls the client' do
    expect(backend.inspect).to include('native=false')
    expect(log.string.lines.grep(/it uses a Redis::Cluster/).size).to eq(1)
  end

  it 'is set up as the documentation shows' do
    nodes = @cluster.servers.map(&:url)
    binding.eval(CodeBlock.named('docs/redis.md', 'cluster')) # rubocop:disable Security/Eval
    expect([Kaal.validate, Kaal.backend.acquire('{kaal}:key', 60), nodes.size]).to eq([[], true, 3])
  end

  it 'acquires and releases on every server' do
    keys = Array.new(20) { |n| "lock #{n}" }
    expect([backend.acquire_many(keys, 60), backend.acquire_many(keys, 60)]).to eq([[true] * 20, [false] * 20])
    expect(@cluster.servers.map { |server| server.inspector.dbsize }).to all(be_positive)
    expect([backend.release_many(keys), backend.release_many(keys)]).to eq([[true] * 20, [false] * 20])
  end

  it 'claims leases and records, which lie on one server' do
    Kaal.configuration.enable_log_dispatch_registry = true
    runs = [['a', 60], ['b', 60], ['a', 60]]
    expect([backend.claim_many(runs, Kaal.configuration), backend.claim_many(runs, Kaal.configuration)])
      .to eq([[true, true, false], [false, false, false]])
    expect(backend.dispatch_registry.dispatched?('b', 60)).to be(true)
    holders = %w[{kaal}:dispatch:a:60 {kaal}:cron_dispatch:a:60 {kaal}:cron_dispatch:b:60].map { |key| @cluster.holders(key) }
    expect([holders.uniq.size, holders.first.size]).to eq([1, 1])
  end

  it 'tells the time' do
    expect(backend.store_time).to be_within(1).of(Time.now.to_f)
  end

  it 'keeps definitions' do
    registry = backend.definition_registry
    registry.upsert_definition(key: 'job', cron: '@daily')
    registry.disable_definition('job')
    expect(registry.all_definitions).to match([include(key: 'job', enabled: false)])
    expect([registry.remove_definition('job'), registry.all_definitions]).to match([include(key: 'job'), []])
  end

  it 'dispatches' do
    fired = []
    Kaal.backend = backend
    Kaal.register(key: 'job', cron: '* * * * *', enqueue: ->(fire_time:, **) { fired << fire_time })
    2.times { Kaal.tick! }
    expect(fired).not_to be_empty
    expect(fired.uniq).to eq(fired)
  end

  describe 'without a hash tag' do
    let(:advice) { /namespace.* "kaal" has no hash tag, which Redis Cluster needs: try "\{kaal\}"/ }

    it 'is not built' do
      expect { described_class.new(@cluster.client) }.to raise_error(Kaal::ConfigurationError, advice)
      ['{}kaal', 'kaal}', '{kaal', 'ka}{'].each do |untagged|
        expect { described_class.new(@cluster.client, namespace: untagged) }
          .to raise_error(Kaal::ConfigurationError, /has no hash tag/), untagged
      end
    end

    it 'claims nothing where the locks have none' do
      Kaal.namespace = 'kaal'
      Kaal.backend = backend
      expect(Kaal.validate).to match([advice])
      expect { backend.claim_many([['a', 60]], Kaal.configuration) }.to raise_error(Kaal::ConfigurationError, advice)
      expect(@cluster.servers.sum { |server| server.inspector.dbsize }).to eq(0)
    end

    it 'is at home on a single Redis' do
      Kaal.namespace = 'kaal'
      Kaal.backend = described_class.new(RedisServer.shared.url)
      expect(Kaal.validate).to eq([])
    end
  end
end
