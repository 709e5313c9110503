# frozen_string_literal: true

require 'connection_pool'
require 'redis'
require 'certificates'
require 'redis_client_stand_in'
require 'derivation'

# What a connection of our own is derived from, and what is left to the given client.
RSpec.describe Kaal::Backend::RedisAdapter do
  include_context 'with given clients'

  describe 'what is derived' do
    it 'is host, port, database and time-outs' do
      expect_derived(Redis.new(host: '127.0.0.1', port: server.port, db: 3, timeout: 2, reconnect_attempts: 3))
    end

    it 'is the database that the client has selected' do
      client = Redis.new(url: "#{server.url}/2")
      client.select(5) if Redis::VERSION.start_with?('4')
      expect_derived(client)
    end

    it 'is user and password' do
      server.inspector.acl(:setuser, 'app', 'on', '>s3cret', '~*', '&*', '+@all')
      expect_derived(Redis.new(url: server.url, username: 'app', password: 's3cret'))
    end

    it 'is the same of a RedisClient' do
      server.inspector.acl(:setuser, 'app', 'on', '>s3cret', '~*', '&*', '+@all')
      expect_derived(RedisClient.config(host: '127.0.0.1', port: server.port, db: 4).new_client)
      server.flush
      expect_derived(RedisClient.config(host: '127.0.0.1', port: server.port, username: 'app', password: 's3cret').new_client)
    end

    it 'is the path of a Unix socket' do
      folder = Dir.mktmpdir
      own = RedisServer.new(unixsocket: "#{folder}/redis.sock")
      wait_for('the socket') { File.socket?("#{folder}/redis.sock") }
      expect_derived(Redis.new(path: "#{folder}/redis.sock", db: 1))
      expect(described_class.new("unix://#{folder}/redis.sock?db=1").acquire('derived', 1)).to be(false)
    ensure
      own&.stop(:KILL)
      FileUtils.rm_rf(folder)
    end

    it 'is the master that sentinels name' do
      sentinel = RedisServer.sentinel('main', server.port)
      client = Redis.new(**RedisServer.sentinel_options('main', sentinel.port))
      expect_derived(client)
    ensure
      sentinel&.stop(:KILL)
    end
  end

  describe 'what is left to the client' do
    it 'is an option that is not understood' do
      client = Redis.new(url: server.url)
      expect_called(Redis.new(url: server.url, inherit_socket: true), /inherit_socket/)
      expect(native?(described_class.new(client))).to be(true)
    end

    it 'is a pool' do
      expect_called(ConnectionPool::Wrapper.new(size: 1) { Redis.new(url: server.url) }, /neither a Redis nor a RedisClient/)
    end

    it 'is an object with methods of its own' do
      client = Redis.new(url: server.url)
      client.define_singleton_method(:get) { |*args| super(*args) }
      expect_called(client, /methods of its own/)
    end

    it 'is a test double, which gets the calls that Kaal makes' do
      double = Class.new do
        attr_reader :calls

        def set(*args, **options)
          (@calls ||= []) << [:set, args.first, options]
          'OK'
        end

        def eval(_script, keys:, argv:)
          @calls << [:eval, keys, argv.size]
          1
        end
      end.new
      adapter = described_class.new(double)
      expect([adapter.acquire('lock', 2), adapter.release('lock')]).to eq([true, true])
      expect(double.calls).to eq([[:set, 'lock', { nx: true, px: 2_000 }], [:eval, ['lock'], 1]])
    end

    it 'tells the time where it can, and must once it has' do
      answers = [1, IOError.new('gone'), %w[1700000000 250000], IOError.new('gone')]
      client = Object.new
      client.define_singleton_method(:set) { |*| 'OK' }
      client.define_singleton_method(:eval) { |*| answers.shift.tap { |answer| raise answer if answer.is_a?(IOError) } }
      adapter = described_class.new(client)
      expect(Array.new(3) { adapter.store_time }).to eq([nil, nil, 1_700_000_000.25])
      expect { adapter.store_time }.to raise_error(Kaal::Backend::StoreError, 'gone')
    end

    it 'fails as the client fails' do
      broken = Class.new do
        def set(*, **)
          raise IOError, 'broken'
        end

        def eval(*, **); end
      end.new
      expect { described_class.new(broken).acquire('lock', 1) }
        .to raise_error(Kaal::Backend::LockAdapterError, 'Redis acquire failed for lock: broken')
    end
  end

  describe 'TLS' do
    let(:certificates) { Certificates.new }
    let(:tls) do
      RedisServer.new(port: 0, 'tls-port': RedisServer.free_port, 'tls-cert-file': certificates.server_cert,
                      'tls-key-file': certificates.server_key, 'tls-ca-cert-file': certificates.ca,
                      'tls-auth-clients': 'optional')
    end

    after do
      tls.stop(:KILL)
      certificates.remove
    end

    def client(**ssl_params)
      Redis.new(host: 'localhost', port: tls.port, ssl: true, ssl_params: ssl_params)
    end

    it 'is derived with the roots of a file or a folder' do
      expect_derived(client(ca_file: certificates.ca))
      tls_folder = described_class.new(client(ca_path: certificates.roots))
      expect([native?(tls_folder), tls_folder.acquire('derived', 60)]).to eq([true, false])
    end

    it 'is derived with a certificate of our own' do
      tls.stop
      tls.start_with('tls-auth-clients': 'yes')
      expect { described_class.new(client(ca_file: certificates.ca)).acquire('lock', 1) }
        .to raise_error(Kaal::Backend::LockAdapterError)
      expect_derived(client(ca_file: certificates.ca, cert: OpenSSL::X509::Certificate.new(File.read(certificates.client_cert)),
                            key: OpenSSL::PKey.read(File.read(certificates.client_key))))
    end

    it 'is never weaker than the client asked for' do
      unverified = described_class.new("rediss://localhost:#{tls.port}")
      expect { unverified.acquire('lock', 1) }.to raise_error(Kaal::Backend::LockAdapterError, /certificate/i)
      wrong_name = described_class.new("rediss://127.0.0.2:#{tls.port}")
      expect { wrong_name.acquire('lock', 1) }.to raise_error(Kaal::Backend::LockAdapterError)
      expect_derived(client(verify_mode: OpenSSL::SSL::VERIFY_NONE))
      expect(described_class.new("rediss://localhost:#{tls.port}#insecure").acquire('lock', 1)).to be(true)
    end

    it 'is left to the client where a parameter is not understood' do
      expect_called(client(ca_file: certificates.ca, ciphers: 'HIGH'), /:ciphers/)
    end

    # A certificate for another name would be refused by a connection of our own.
    it 'is left to the client where names are not verified' do
      elsewhere = Redis.new(host: '127.0.0.1', port: tls.port, ssl: true,
                            ssl_params: { ca_file: certificates.ca, verify_hostname: false })
      expect_called(elsewhere, /verifies certificates but not names/)
    end

    it 'is left to the client where a certificate or a key cannot be used' do
      incomplete = client(ca_file: certificates.ca, cert: OpenSSL::X509::Certificate.new(File.read(certificates.client_cert)))
      expect_called(incomplete, /a cert without a key/)
      expect(native?(described_class.new(client(ca_file: '/nowhere')))).to be(false)
      expect(log.string).to include('No such file')
    end

    describe 'of a RedisClient' do
      def redis_client(**ssl_params)
        RedisClient.config(host: 'localhost', port: tls.port, ssl: true, ssl_params: ssl_params).new_client
      end

      it 'is derived with certificate and key as files or as PEM, which no message shows' do
        tls.stop
        tls.start_with('tls-auth-clients': 'yes')
        files = { cert: certificates.client_cert, key: certificates.client_key }
        [files, files.transform_values { |file| File.read(file) }].each do |own|
          adapter = described_class.new(redis_client(ca_file: certificates.ca, **own))
          expect([native?(adapter), adapter.acquire("by #{own}", 60), log.string]).to eq([true, true, ''])
        end
        pem = File.read(certificates.client_key)
        described_class.new(redis_client(ca_file: certificates.ca, cert: '/nowhere', key: pem))
        described_class.new(redis_client(ca_file: certificates.ca, cert: certificates.client_cert, key: "\n#{pem[0, 200]}"))
        expect(log.string.lines).to match([/No such file/, /key of ssl_params cannot be read/])
      end

      it 'is left to the client where a parameter is not understood' do
        expect_called(redis_client(ca_file: certificates.ca, min_version: OpenSSL::SSL::TLS1_2_VERSION), /:min_version/)
      end
    end

    describe 'of a context' do
      let(:context) do
        OpenSSL::SSL::SSLContext.new.tap do |context|
          context.ca_file = certificates.ca
          context.verify_mode = OpenSSL::SSL::VERIFY_PEER
          context.verify_hostname = true
        end
      end

      def adapter
        described_class.new(RedisClient.config(host: 'localhost', port: tls.port, ssl: true, ssl_params: context).new_client)
      end

      it 'is derived, with as much verification' do
        expect([native?(adapter), adapter.acquire('derived', 60), log.string]).to eq([true, true, ''])
        context.ca_file = nil
        expect { adapter.acquire('lock', 60) }.to raise_error(Kaal::Backend::LockAdapterError, /certificate/i)
        context.verify_mode = OpenSSL::SSL::VERIFY_NONE
        expect(adapter.acquire('lock', 60)).to be(true)
      end

      {
        'names that are not verified' => ->(context) { context.verify_hostname = false },
        'options' => ->(context) { context.options |= OpenSSL::SSL::OP_NO_TLSv1_2 },
        'ciphers' => ->(context) { context.ciphers = 'ECDHE+AESGCM' },
        'a lowest version' => ->(context) { context.min_version = OpenSSL::SSL::TLS1_3_VERSION },
        'a callback' => ->(context) { context.verify_callback = ->(*) { false } },
        'a store' => ->(context) { context.cert_store = OpenSSL::X509::Store.new }
      }.each do |what, change|
        it "is left to the client for #{what}" do
          change.call(context)
          expect(native?(adapter)).to be(false)
          expect(log.string.lines.grep(/not a native connection/).size).to eq(1)
        end
      end
    end
  end

  describe 'what is no Redis' do
    it 'is refused' do
      [nil, 42, Object.new, []].each do |wrong|
        expect { described_class.new(wrong) }.to raise_error(ArgumentError, /must respond to :set and :eval/)
      end
    end

    it 'is refused as settings that do not name it, or name it twice' do
      [[{}], [{ password: 's3cret' }], [nil, { username: 'app', password: 's3cret' }], [{ url: server.url, host: 's3cret' }]].each do |given, keywords|
        expect { described_class.new(given, **keywords.to_h) }
          .to raise_error(ArgumentError) { |error| expect(error.message).to match(/named by url:((?!s3cret).)*\z/) }
      end
      [[Redis.new, { password: 's3cret' }], [server.url, { url: server.url }], [{ url: server.url }, { password: 's3cret' }]].each do |given, keywords|
        expect { described_class.new(given, **keywords) }.to raise_error(ArgumentError, /cannot stand beside a \w+: give a URL/)
      end
    end

    it 'is refused as a URL, without the password in the message' do
      ['', 'nonsense', 'http://:s3cret@host', 'redis://:s3cret@host/first', 'redis://:s3cret@host:99999',
       "redis://:s3cret@ho st\0"].each do |url|
        expect { described_class.new(url) }.to raise_error(ArgumentError) { |error|
          expect(error.message).to match(/Redis URL is not usable/)
          expect(error.message).not_to include('s3cret')
        }
      end
    end

    it 'is found out when it does not answer as Redis does, or refuses the password' do
      http = TCPServer.new('127.0.0.1', 0)
      thread = Thread.new { http.accept.then { |socket| socket.readpartial(10) && socket.write("HTTP/1.1 400\r\n\r\n") } }
      expect { described_class.new("redis://127.0.0.1:#{http.addr[1]}").acquire('lock', 1) }
        .to raise_error(Kaal::Backend::LockAdapterError, /not one of Redis/)
      wrong = server.url.sub('//', '//app:wr0ng@')
      expect { described_class.new(wrong).acquire('lock', 1) }
        .to raise_error(Kaal::Backend::LockAdapterError) { |error| expect(error.message).not_to include('wr0ng') }
    ensure
      thread&.kill
      http&.close
    end
  end
end
