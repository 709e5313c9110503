# frozen_string_literal: true

require 'redis'
require 'certificates'
require 'derivation'

has_redis_client =
  begin
    require 'redis-client'
    true
  rescue LoadError
    false
  end

# A RedisClient alone, and inside a Redis of redis-rb 5. Without the gem redis-client there is neither.
RSpec.describe Kaal::Backend::RedisAdapter, if: has_redis_client do
  include_context 'with given clients'

  let(:port) { server.port }
  let(:derived) { [] }

  before do
    allow(Kaal.const_get(:Native)::Redis).to receive(:new).and_wrap_original do |original, options|
      derived << options
      original.call(options)
    end
  end

  def redis_client(**options)
    options.key?(:sentinels) ? RedisClient.sentinel(**options).new_client : RedisClient.new(**options)
  end

  def expect_options(client, **options)
    expect_derived(client)
    expect(derived.last).to include(options)
  end

  # Only the derivation: the client itself may reach nothing.
  def expect_underivable(client, reason)
    adapter = described_class.new(client)
    expect([native?(adapter), derived]).to eq([false, []])
    expect(log.string.lines.grep(reason).size).to eq(1), log.string
  end

  makers = { 'Redis' => ->(_, **options) { Redis.new(**options) }, 'RedisClient' => ->(spec, **options) { spec.redis_client(**options) } }
  makers.delete('Redis') if Redis::VERSION.start_with?('4')
  makers.each do |name, maker|
    describe "of a #{name}" do
      define_method(:make) { |**options| maker.call(self, **options) }

      it 'takes what a URL says' do
        server.inspector.acl(:setuser, 'app', 'on', '>s3cret', '~*', '&*', '+@all')
        expect_options(make(url: "redis://app:s3cret@127.0.0.1:#{port}/3"),
                       host: '127.0.0.1', port: port, tls: nil, db: 3, username: 'app', password: 's3cret')
      end

      it 'names no user where the client has only a password' do
        own = RedisServer.new(requirepass: 's3cret')
        expect_options(make(url: "redis://:s3cret@127.0.0.1:#{own.port}"), username: nil, password: 's3cret')
      ensure
        own&.stop(:KILL)
      end

      it 'takes time-outs, and no time-out' do
        expect_options(make(port: port, timeout: 3), connect_timeout: 3.0, response_timeout: 3.0)
        server.flush
        expect_options(make(port: port, timeout: 2, connect_timeout: 1, read_timeout: nil), connect_timeout: 1.0, response_timeout: 86_400.0)
      end

      it 'takes the path of a socket' do
        Dir.mktmpdir do |folder|
          own = RedisServer.new(unixsocket: path = "#{folder}/redis.sock")
          expect_options(make(path: path, db: 1), path: path, db: 1)
          own.flush
          expect_options(make(url: "unix://#{path}?db=2"), path: path, db: 2)
        ensure
          own&.stop(:KILL)
        end
        expect_underivable(make(path: '/redis.sock', ssl: true).tap { derived.clear }, /a Unix socket with TLS/)
      end

      it 'takes the sentinels and their password, but no TLS to them and no replica' do
        sentinel = RedisServer.sentinel('main', port)
        own = { name: 'main', sentinels: [{ host: '127.0.0.1', port: sentinel.port }] }
        expect_options(make(**own, db: 2), master: 'main', db: 2, sentinels: [hash_including(host: '127.0.0.1', port: sentinel.port, password: nil)])
        described_class.new(make(**own, sentinel_username: 'watch', sentinel_password: 'pass'))
        expect(derived.pop[:sentinels]).to match([hash_including(username: 'watch', password: 'pass')])
        derived.clear
        expect_underivable(make(**own, ssl: true), /sentinels with TLS/)
        expect_underivable(make(**own, role: :replica), /role is not master/)
      ensure
        sentinel&.stop(:KILL)
      end

      it 'takes roots and verifies by them' do
        certificates = Certificates.new
        tls = RedisServer.new(port: 0, 'tls-port': RedisServer.free_port, 'tls-cert-file': certificates.server_cert,
                              'tls-key-file': certificates.server_key, 'tls-ca-cert-file': certificates.ca, 'tls-auth-clients': 'yes')
        expect_options(make(url: "rediss://localhost:#{tls.port}", ssl_params: {
                              ca_file: certificates.ca, cert: certificates.client_cert, key: certificates.client_key
                            }), host: 'localhost', tls: hash_including(insecure: false, roots: File.read(certificates.ca), certificate: File.read(certificates.client_cert)))
      ensure
        tls&.stop(:KILL)
        certificates&.remove
      end

      it 'is left to the client where something may come between' do
        passing = Module.new
        {
          { middlewares: [passing] } => /middlewares/, { circuit_breaker: { error_threshold: 1, error_timeout: 1 } } => /middlewares/,
          { custom: { a: 1 } } => /custom options/, { inherit_socket: true } => /inherit_socket/,
          { ssl: true, ssl_params: { ciphers: 'HIGH' } } => /:ciphers/
        }.each do |options, reason|
          log.truncate(log.rewind)
          expect_underivable(make(port: port, **options), reason)
        end
      end

      it 'is left to the client where every RedisClient has a middleware' do
        lines = in_child do
          RedisClient.register(Module.new)
          expect_called(make(port: port), /it uses middlewares/)
          log.string.lines.size
        end
        expect(lines).to eq(1)
      end

      # Redis itself knows of no password.
      it 'asks for a password that is a callable, whose result may not last' do
        adapter = described_class.new(make(port: port, password: ->(*) { raise KeyError }))
        expect([adapter.inspect, log.string]).to match([/native=true/, ''])
        expect { adapter.acquire('key', 60) }.to raise_error(Kaal::Backend::LockAdapterError, /password: proc raised KeyError/)
      end
    end
  end

  it 'takes the time-outs that were set on the client later' do
    client = redis_client(port: port, timeout: 1)
    client.timeout = 4
    expect_options(client, connect_timeout: 4.0, response_timeout: 4.0)
  end

  it 'calls a client with methods of its own, also inside a Redis' do
    own = redis_client(port: port).tap { |client| client.define_singleton_method(:call_v) { |*args| super(*args) } }
    wrapped = Redis.new(port: port).tap { |redis| redis._client.define_singleton_method(:close) { super() } }
    [own, wrapped].each do |client|
      expect_underivable(client, /methods of its own/)
      log.truncate(log.rewind)
    end
  end

  it 'calls a pool of RedisClient' do
    expect_called(RedisClient.config(port: port).new_pool(size: 1), /neither a Redis nor a RedisClient/)
  end
end
