# frozen_string_literal: true

require 'certificates'
require 'postgres_server'
require 'shared_server_adapter'
require 'shared_server_settings'
require 'shared_server_tls'

RSpec.describe Kaal::Backend::PostgresAdapter do
  let(:server) { PostgresServer.shared }

  before { server.reset }

  context 'with locks of a session' do
    it_behaves_like 'an adapter of a server', :session
  end

  context 'with rows as locks' do
    it_behaves_like 'an adapter of a server', :table
  end

  describe 'reaches' do
    include Reaching

    let(:settings) { { adapter: 'postgresql', host: '127.0.0.1', port: server.port, username: 'postgres', database: 'kaal_test' } }
    let(:schemes) { %w[postgres postgresql postgis] }
    let(:foreign) { { adapter: 'mysql2', database: 'shop' } }

    it_behaves_like 'an adapter of the server that is named'

    it 'a server by its socket' do
      by_socket = [
        settings.merge(host: server.socket_dir), server.url(host: ERB::Util.url_encode(server.socket_dir)),
        "postgres:///kaal_test?host=#{server.socket_dir}&port=#{server.port}&user=postgres"
      ]
      by_socket.each { |given| expect(reaches?(described_class.new(given))).to be(true), given.inspect }
      expect(server.rows("SELECT DISTINCT client_addr FROM pg_stat_activity WHERE application_name = 'kaal-rs'"))
        .to include([nil])
    end

    it 'the tables of a schema' do
      server.inspector.exec('CREATE SCHEMA "cron jobs"')
      path = '"cron jobs", public'
      [true, false].each do |prepared|
        adapter = described_class.new(settings.merge(schema_search_path: path, prepared_statements: prepared), lease: :table)
        adapter.create_tables
        expect(adapter.acquire("prepared #{prepared}", 60)).to be(true)
      end
      expect(server.rows('SELECT count(*) FROM "cron jobs".kaal_locks')).to eq([['2']])
    end
  end

  it 'refuses locks of a session behind a proxy' do
    [[server.url, { prepared_statements: false }], [{ url: server.url, prepared_statements: false }, {}],
     ["#{server.url}?prepared_statements=false", {}]].each do |given, keywords|
      expect { described_class.new(given, **keywords) }
        .to raise_error(Kaal::ConfigurationError, /use lease: :table, or prepared_statements: true/), given.inspect
    end
    given = { url: server.url, prepared_statements: false }
    expect(described_class.new(given, prepared_statements: true).acquire('key', 60)).to be(true)
  end

  describe 'by TLS' do
    # One server for all: what is in its files it reads when it starts.
    before(:all) do # rubocop:disable RSpec/BeforeAfterAll
      @certificates = Certificates.new
      @strangers = Certificates.new
      rules = File.join(@certificates.roots, 'pg_hba.conf')
      File.write(rules, "local all all trust\nhostssl all client all cert\nhostssl all all all trust\n")
      @server = PostgresServer.new(ssl: 'on', ssl_cert_file: certificates.server_cert, hba_file: rules,
                                   ssl_key_file: certificates.server_key, ssl_ca_file: certificates.ca)
      server.create_user('client')
    end

    after(:all) do # rubocop:disable RSpec/BeforeAfterAll
      server.stop
      [certificates, strangers].each(&:remove)
    end

    attr_reader :certificates, :strangers, :server

    let(:root) { :sslrootcert }

    def connects?(**settings)
      described_class.new({ host: 'localhost', port: server.port, username: 'postgres', database: 'kaal_test', **settings })
                     .acquire('key', 60)
    ensure
      server.end_sessions
    end

    it_behaves_like 'an adapter that knows whom it talks to',
                    mode: :sslmode, encrypted: 'require', trusted: 'verify-ca', named: 'verify-full'

    it 'does not talk in the clear where that is not wanted' do
      expect { connects?(sslmode: 'disable') }.to raise_error(Kaal::Backend::LockAdapterError, /no encryption/)
    end
  end
end
