# frozen_string_literal: true

require 'certificates'
require 'mariadb_server'
require 'postgres_server'
require 'redis'

# Whoever talks by TLS and verifies talks to the server that has the name, with a certificate of the authority that
# is valid now, or not at all. What else there is to TLS has its place in the specs of the adapters.
RSpec.describe 'TLS' do
  # All servers of this file have certificates of one authority.
  before(:all) do # rubocop:disable RSpec/BeforeAfterAll
    @certificates = Certificates.new
    @strangers = Certificates.new
  end

  after(:all) do # rubocop:disable RSpec/BeforeAfterAll
    @certificates.remove
    @strangers.remove
  end

  attr_reader :certificates, :strangers

  stores = {
    'Redis' => {
      server: lambda do |cert, key, ca|
        RedisServer.new(port: 0, 'tls-port': RedisServer.free_port, 'tls-cert-file': cert, 'tls-key-file': key, 'tls-ca-cert-file': ca,
                        'tls-auth-clients': 'no')
      end,
      settings: ->(cert, key) { { 'tls-cert-file': cert, 'tls-key-file': key } },
      ask: lambda do |port, ca|
        client = Redis.new(host: 'localhost', port: port, ssl: true, ssl_params: { ca_file: ca })
        backend = Kaal::Backend::RedisAdapter.new(client)
        raise 'it is not a connection of our own' unless backend.inspect.include?('native=true')

        backend.acquire("key #{rand}", 60)
      end
    },
    'the queue' => {
      server: lambda do |cert, key, ca|
        RedisServer.new(port: 0, 'tls-port': RedisServer.free_port, 'tls-cert-file': cert, 'tls-key-file': key, 'tls-ca-cert-file': ca,
                        'tls-auth-clients': 'no')
      end,
      settings: ->(cert, key) { { 'tls-cert-file': cert, 'tls-key-file': key } },
      ask: lambda do |port, ca|
        client = Redis.new(host: 'localhost', port: port, ssl: true, ssl_params: { ca_file: ca })
        !Kaal::Queue::Client.new(client).call({}).nil?
      end
    },
    'PostgreSQL' => {
      server: ->(cert, key, ca) { PostgresServer.new(ssl: 'on', ssl_cert_file: cert, ssl_key_file: key, ssl_ca_file: ca) },
      settings: ->(cert, key) { { ssl_cert_file: cert, ssl_key_file: key } },
      ask: lambda do |port, ca|
        settings = { host: 'localhost', port: port, username: 'postgres', database: 'kaal_test', sslmode: 'verify-full', sslrootcert: ca }
        Kaal::Backend::PostgresAdapter.new(settings).acquire("key #{rand}", 60)
      end
    },
    'MariaDB' => {
      server: ->(cert, key, ca) { MariadbServer.new('ssl-cert': cert, 'ssl-key': key, 'ssl-ca': ca) },
      settings: ->(cert, key) { { 'ssl-cert': cert, 'ssl-key': key } },
      ask: lambda do |port, ca|
        settings = { host: 'localhost', port: port, username: 'root', database: 'kaal_test', ssl_mode: 'verify_identity', sslca: ca }
        Kaal::Backend::MySQLAdapter.new(settings).acquire("key #{rand}", 60)
      end
    }
  }

  stores.each do |name, store|
    it "of #{name} is with the server that has the name, today" do
      server = store[:server].call(certificates.server_cert, certificates.server_key, certificates.ca)
      ask = ->(ca) { store[:ask].call(server.port, ca) }
      refuse = raise_error(/certificate/i) { |error| expect(error.class.name).to match(/\AKaal::Backend::(LockAdapter|Store)Error\z/) }
      expect(ask.call(certificates.ca)).to be(true)
      expect { ask.call(strangers.ca) }.to refuse
      { 'another name' => ['db.example', {}], 'an expired one' => ['localhost', { ends_in: -30 }] }.each do |what, (host, options)|
        server.stop
        server.start_with(**store[:settings].call(*certificates.issue_server(host, **options)))
        expect { ask.call(certificates.ca) }.to refuse, what
      end
    ensure
      server&.stop(:KILL)
    end
  end

  it 'of a URL trusts the authorities of the system' do
    server = stores['Redis'][:server].call(certificates.server_cert, certificates.server_key, certificates.ca)
    ask = ->(*) { Kaal::Backend::RedisAdapter.new("rediss://localhost:#{server.port}").acquire("key #{rand}", 60) }
    trusting = in_child { ENV.store('SSL_CERT_FILE', certificates.ca) && ask.call }
    expect { ask.call }.to raise_error(Kaal::Backend::LockAdapterError, /certificate/i)
    expect(trusting).to be(true)
  ensure
    server&.stop(:KILL)
  end
end
