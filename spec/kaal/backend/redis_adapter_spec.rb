# frozen_string_literal: true

require 'redis'
require 'redis_client_stand_in'
require 'shared_backend'

RSpec.describe Kaal::Backend::RedisAdapter do
  let(:server) { RedisServer.shared }
  let(:inspector) { server.inspector }

  before { server.flush }

  context 'with a URL' do
    let(:backend) { described_class.new(server.url) }

    it_behaves_like 'a backend'
  end

  {
    'redis://app:secret@localhost:7000/1' => 'localhost:7000', 'rediss://:secret@db.example' => 'db.example',
    'unix:///run/redis.sock?db=1&password=secret' => '/run/redis.sock'
  }.each do |url, place|
    it "shows of #{url} where it leads to, and no secret" do
      expect(described_class.new(url).inspect).to eq("#<Kaal::Backend::RedisAdapter #{place} namespace=\"kaal\" native=true>")
    end
  end

  context 'with a redis-rb client' do
    let(:backend) { described_class.new(Redis.new(url: server.url)) }

    it_behaves_like 'a backend'

    it 'has a connection of its own' do
      expect(backend.inspect).to include('native=true')
    end
  end

  # No connection can be derived from a subclass, which may do anything.
  context 'with a client that it must call' do
    let(:backend) { described_class.new(Class.new(Redis).new(url: server.url)) }

    it_behaves_like 'a backend'

    it 'says so' do
      Kaal.logger = Logger.new(log = StringIO.new)
      expect(backend.inspect).to include('native=false')
      expect(log.string).to include('not a native connection')
    end
  end

  # A RedisClient has `call` and nothing else. What its socket is inherited from, nobody can tell.
  context 'with a RedisClient that it must call' do
    let(:client) { RedisClient.config(host: '127.0.0.1', port: server.port, inherit_socket: true).new_client }
    let(:backend) { described_class.new(client) }

    it_behaves_like 'a backend'

    it 'says so' do
      Kaal.logger = Logger.new(log = StringIO.new)
      expect(backend.inspect).to include('native=false')
      expect(log.string).to include('through the given RedisClient, not a native connection: it uses inherit_socket')
    end

    it 'leaves a lock alone that is not its own any more' do
      backend.acquire('lock', 60)
      inspector.set('lock', 'another')
      expect([backend.release('lock'), inspector.get('lock')]).to eq([false, 'another'])
    end

    it 'removes a definition once' do
      registry = backend.definition_registry
      registry.upsert_definition(key: 'job', cron: '@daily')
      expect([registry.remove_definition('job'), inspector.hkeys('kaal:definitions')]).to match([include(key: 'job'), []])
    end

    it 'keeps what was won before the client failed, and leaves nothing locked that nobody got' do
      client = Class.new(Redis) do
        attr_accessor :left

        def set(*, **)
          raise Redis::ConnectionError, 'gone' if left&.zero?

          self.left -= 1 if left
          super
        end
      end.new(url: server.url)
      backend = described_class.new(client)
      client.left = 2
      runs = [1, 2, 3, 4].map { |time| ['job', time] }
      expect(backend.claim_many(runs, Kaal.configuration)).to eq([true, true, nil, nil])
      expect { backend.claim_many(runs, Kaal.configuration) }.to raise_error(Kaal::Backend::LockAdapterError)
      client.left = 2
      expect { backend.acquire_many(%w[a b c], 60) }.to raise_error(Kaal::Backend::LockAdapterError)
      client.left = nil
      expect(backend.acquire_many(%w[a b c], 60)).to eq([true, true, true])
    end

    it 'can repeat a release that failed' do
      client = Redis.new(url: server.url)
      client.define_singleton_method(:set) { |*arguments, **options| super(*arguments, **options) }
      backend = described_class.new(client)
      backend.acquire('lock', 60)
      client.define_singleton_method(:eval) { |*, **| raise Redis::ConnectionError, 'gone' }
      expect { backend.release('lock') }.to raise_error(Kaal::Backend::LockAdapterError)
      client.singleton_class.remove_method(:eval)
      expect([backend.release('lock'), backend.release('lock')]).to eq([true, false])
    end

    it 'fails as the client fails' do
      inspector.acl(:setuser, 'reader', 'on', '>secret', '~*', '+@read', '+@connection')
      reader = RedisClient.config(host: '127.0.0.1', port: server.port, username: 'reader', password: 'secret',
                                  inherit_socket: true).new_client
      expect { described_class.new(reader).acquire('lock', 60) }
        .to raise_error(Kaal::Backend::LockAdapterError, /\ARedis acquire failed for lock: NOPERM/)
    end
  end

  describe 'the wire' do
    let(:backend) { described_class.new(server.url) }
    let(:uuid) { /\A\h{8}-\h{4}-4\h{3}-[89ab]\h{3}-\h{12}\z/ }

    it 'holds a lock as SET NX PX with a uuid' do
      backend.acquire('kaal:dispatch:job:60', 1.5)
      expect(inspector.get('kaal:dispatch:job:60')).to match(uuid)
      expect(inspector.pttl('kaal:dispatch:job:60')).to be_between(1_000, 1_500)
      backend.acquire_many(%w[a b], 100)
      expect(inspector.mget('a', 'b')).to all(match(uuid))
      expect(inspector.pttl('b')).to be_between(99_000, 100_000)
    end

    it 'leaves a lock alone that is not its own any more' do
      backend.acquire('lock', 60)
      inspector.set('lock', 'another')
      expect(backend.release('lock')).to be(false)
      expect(inspector.get('lock')).to eq('another')
    end

    it 'releases only what this instance acquired' do
      described_class.new(server.url).acquire('lock', 60)
      expect(backend.release('lock')).to be(false)
      expect(inspector.exists?('lock')).to be(true)
    end

    it 'logs dispatches as JSON that ends after a week' do
      record = backend.dispatch_registry.log_dispatch('team:mail', Time.at(60), 'web-1')
      expect(record).to include(fire_time: 60, dispatched_at: be_an(Integer), status: 'dispatched')
      expect(inspector.get('kaal:cron_dispatch:team:mail:60')).to eq(JSON.generate(record))
      expect(inspector.ttl('kaal:cron_dispatch:team:mail:60')).to be_between(604_700, 604_800)
    end

    it 'keeps dispatch log and definitions in its own namespace, whatever the configuration says' do
      Kaal.namespace = 'app'
      Kaal.configuration.enable_log_dispatch_registry = true
      described_class.new(server.url, namespace: 'mine').claim_many([['job', 60]], Kaal.configuration)
      expect(inspector.keys('*')).to contain_exactly('app:dispatch:job:60', 'mine:cron_dispatch:job:60')
    end

    it 'claims a lease and a record, both with their ends' do
      Kaal.configuration.enable_log_dispatch_registry = true
      backend.claim_many([['job', 60]], Kaal.configuration)
      expect(inspector.get('kaal:dispatch:job:60')).to match(uuid)
      expect(inspector.ttl('kaal:dispatch:job:60')).to be_between(124, 125)
      expect(JSON.parse(inspector.get('kaal:cron_dispatch:job:60')))
        .to match('key' => 'job', 'fire_time' => 60, 'dispatched_at' => be_an(Integer),
                  'node_id' => Socket.gethostname, 'status' => 'dispatched')
      expect(inspector.ttl('kaal:cron_dispatch:job:60')).to be_between(604_700, 604_800)
    end

    it 'keeps definitions as JSON in a hash' do
      allow(Time).to receive(:now).and_return(Time.utc(2026, 1, 2, 3, 4, 5, 600_000))
      backend.definition_registry.upsert_definition(key: 'job', cron: '@daily', metadata: { 'a' => ['ü/', nil] })
      expect(inspector.hgetall('kaal:definitions')).to eq(
        'job' => '{"key":"job","cron":"@daily","enabled":true,"source":"code","metadata":{"a":["ü/",null]},' \
                 '"created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z","disabled_at":null}'
      )
    end

    it 'reads what pure-Ruby nodes wrote, and skips what is no definition' do
      inspector.hset('kaal:definitions', 'ruby', JSON.generate(
                                                   key: 'ruby', cron: '@daily', enabled: false, source: 'file', metadata: { x: 1 },
                                                   created_at: '2026-01-02T05:04:05+02:00', updated_at: 'never', disabled_at: nil
                                                 ))
      inspector.hset('kaal:definitions', 'broken', "\xff{".b)
      expect(backend.definition_registry.all_definitions).to eq(
        [{ key: 'ruby', cron: '@daily', enabled: false, source: 'file', metadata: { 'x' => 1 },
           created_at: Time.utc(2026, 1, 2, 3, 4, 5), updated_at: nil, disabled_at: nil }]
      )
      inspector.set('kaal:cron_dispatch:job:60', 'no JSON')
      expect(backend.dispatch_registry.find_dispatch('job', 60)).to be_nil
    end

    it 'loses no change when two nodes change one definition at once' do
      registries = Array.new(4) { described_class.new(server.url).definition_registry }
      registries.first.upsert_definition(key: 'job', cron: '@daily')
      created = registries.first.find_definition('job')[:created_at]
      registries.map { |registry| Thread.new { 25.times { registry.upsert_definition(key: 'job', cron: '@daily') } } }
                .each(&:join)
      expect(registries.first.find_definition('job')[:created_at]).to eq(created)
    end
  end

  describe 'the engines by themselves' do
    it 'take what the adapter takes' do
      engine = Kaal::Dispatch::RedisEngine.new(server.url, namespace: 'x', ttl: 5)
      engine.log_dispatch('job', 60, 'node')
      expect(inspector.ttl('x:cron_dispatch:job:60')).to be_between(4, 5)
      Kaal::Definition::RedisEngine.new(Redis.new(url: server.url), namespace: 'x')
                                   .upsert_definition(key: 'job', cron: '@daily')
      expect(inspector.hkeys('x:definitions')).to eq(['job'])
    end
  end

  describe 'failures' do
    let(:own) { RedisServer.new }
    let(:backend) { described_class.new(own.url) }

    after { own.stop(:KILL) }

    it 'come out as LockAdapterError with store, action, key and cause' do
      backend
      own.stop
      expect { backend.acquire('lock', 1) }
        .to raise_error(Kaal::Backend::LockAdapterError, /\ARedis acquire failed for lock: .*refused/i)
      own.start
      backend.acquire('lock', 60)
      own.stop
      expect { backend.release('lock') }.to raise_error(Kaal::Backend::LockAdapterError, /\ARedis release failed for lock: /)
      expect { backend.acquire_many(%w[a b], 1) }.to raise_error(Kaal::Backend::LockAdapterError, /failed for a, b: /)
      expect { backend.definition_registry.all_definitions }.to raise_error(Kaal::Backend::StoreError)
      own.start
    end

    it 'cost nothing when the server merely closed an idle connection or restarted' do
      backend.acquire('first', 60)
      own.inspector.client(:kill, :type, :normal)
      expect(backend.acquire('second', 60)).to be(true)
      own.stop
      own.start
      expect([backend.acquire_many(%w[a b], 60), backend.acquire('first', 60)]).to eq([[true, true], true])
      own.stop
      own.start
      expect(backend.definition_registry.all_definitions).to eq([])
    end

    it 'are survived by the scripts' do
      Kaal.configuration.enable_log_dispatch_registry = true
      backend.acquire_many(%w[a b], 60)
      expect(backend.release('a')).to be(true)
      own.inspector.script(:flush)
      expect(backend.release('b')).to be(true)
      own.inspector.script(:flush)
      expect(backend.claim_many([['job', 60], ['job', 120]], Kaal.configuration)).to eq([true, true])
    end

    # A paused server takes what it is sent and answers when nobody listens any more.
    it 'whose answer was lost are won by the next try' do
      Kaal.configuration.enable_log_dispatch_registry = true
      backend.acquire('warm-up', 60)
      own.pause
      expect { backend.acquire('lock', 60) }.to raise_error(Kaal::Backend::LockAdapterError, /no answer from Redis in time/)
      expect { backend.acquire_many(%w[a b], 60) }.to raise_error(Kaal::Backend::LockAdapterError)
      expect { backend.claim_many([['job', 60]], Kaal.configuration) }.to raise_error(Kaal::Backend::LockAdapterError)
      own.resume
      wait_for('the server to have done what it was sent') { own.inspector.exists?('lock') }
      expect(described_class.new(own.url).acquire('lock', 60)).to be(false)
      expect([backend.acquire('lock', 60), backend.acquire('lock', 60)]).to eq([true, false])
      expect(backend.acquire_many(%w[a b], 60)).to eq([true, true])
      expect(backend.claim_many([['job', 60]], Kaal.configuration)).to eq([true])
      expect(backend.release_many(%w[lock a b])).to eq([true, true, true])
    end

    it 'of the log give the lock back' do
      Kaal.configuration.enable_log_dispatch_registry = true
      own.inspector.acl(:setuser, 'limited', 'on', '>secret', '~*', '&*', '+@all', '-setex')
      limited = described_class.new(own.url.sub('//', '//limited:secret@'))
      expect { limited.acquire('kaal:dispatch:job:60', 60) }
        .to raise_error(Kaal::Backend::LockAdapterError, /cannot log the dispatch/)
      expect(own.inspector.exists?('kaal:dispatch:job:60')).to be(false)
    end
  end

  it 'forgets what it no longer holds' do
    backend = described_class.new(server.url)
    backend.acquire('short', 0.001)
    wait_for('the lock to end') { !inspector.exists?('short') }
    expect(backend.release('short')).to be(false)
  end
end
