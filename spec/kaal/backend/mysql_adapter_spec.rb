# frozen_string_literal: true

require 'certificates'
require 'mariadb_server'
require 'shared_server_adapter'
require 'shared_server_settings'
require 'shared_server_tls'

RSpec.describe Kaal::Backend::MySQLAdapter do
  let(:server) { MariadbServer.shared }

  before { server.reset }

  context 'with locks of a session' do
    it_behaves_like 'an adapter of a server', :session
  end

  context 'with rows as locks' do
    it_behaves_like 'an adapter of a server', :table
  end

  describe 'reaches' do
    include Reaching

    let(:settings) { { adapter: 'mysql2', host: '127.0.0.1', port: server.port, username: 'root', database: 'kaal_test' } }
    let(:schemes) { %w[mysql mysql2 trilogy mariadb] }
    let(:foreign) { { adapter: 'postgresql', database: 'shop' } }

    it_behaves_like 'an adapter of the server that is named'

    it 'a server by its socket' do
      [settings.except(:host, :port).merge(socket: server.socket), "#{server.url}?socket=#{server.socket}"].each do |given|
        adapter = described_class.new(given)
        expect(reaches?(adapter)).to be(true), given.inspect
        hosts = server.rows("SELECT host FROM information_schema.processlist WHERE db = 'kaal_test'").flatten
        expect(hosts.count('localhost')).to eq(2) # the inspector's, and its own
        server.end_sessions
      end
    end
  end

  it 'knows the longest name of a lock' do
    expect(described_class::MAX_LOCK_NAME_LENGTH).to eq(64)
  end

  describe 'by TLS' do
    # One server for all: what is in its files it reads when it starts.
    before(:all) do # rubocop:disable RSpec/BeforeAfterAll
      @certificates = Certificates.new
      @strangers = Certificates.new
      @server = MariadbServer.new('ssl-cert': certificates.server_cert, 'ssl-key': certificates.server_key,
                                  'ssl-ca': certificates.ca)
      { 'secret' => 'SSL', 'client' => 'X509' }.each do |name, needed|
        server.create_user(name)
        server.inspector.query("ALTER USER #{name}@'%' REQUIRE #{needed}")
      end
    end

    after(:all) do # rubocop:disable RSpec/BeforeAfterAll
      server.stop
      [certificates, strangers].each(&:remove)
    end

    attr_reader :certificates, :strangers, :server

    let(:root) { :sslca }

    def connects?(**settings)
      described_class.new({ host: 'localhost', port: server.port, username: 'secret', database: 'kaal_test', **settings })
                     .acquire('key', 60)
    ensure
      server.end_sessions
    end

    it_behaves_like 'an adapter that knows whom it talks to',
                    mode: :ssl_mode, encrypted: 'required', trusted: 'verify_ca', named: 'verify_identity'

    it 'wants the authority\'s certificate where that is all that is said' do
      expect(connects?(sslca: certificates.ca)).to be(true)
      expect { connects?(sslca: strangers.ca) }.to raise_error(Kaal::Backend::LockAdapterError, /certificate/)
    end

    it 'does not talk in the clear where that is not wanted' do
      expect { connects?(ssl_mode: 'SSL_MODE_DISABLED') }.to raise_error(Kaal::Backend::LockAdapterError, /denied/)
      expect(connects?(ssl_mode: 3)).to be(true)
    end
  end
end
