# frozen_string_literal: true

require 'hosts'
require 'mariadb_server'
require 'postgres_server'

# Where a name leads is found out at each connect.
RSpec.describe 'The address of a host name' do
  after { @hosts&.close }

  # Nobody listens there.
  let(:nowhere) { '127.0.0.9' }

  def follows(server, adapter, url)
    @hosts = Hosts.new(<<~RUBY)
      STORE = Kaal::Backend::#{adapter}.new(#{url.sub('127.0.0.1', 'db.example').inspect})
      def answer(key)
        STORE.acquire(key, 60)
      rescue Kaal::Backend::LockAdapterError => e
        e.message
      end
    RUBY
    @hosts.set('db.example', nowhere)
    expect(@hosts.ask('a')).to match(/refused/)
    @hosts.set('db.example', '127.0.0.1')
    expect([@hosts.ask('a'), @hosts.ask('b')]).to eq([true, true])
    @hosts.set('db.example', nowhere)
    expect(@hosts.ask('c')).to be(true) # it is connected
    yield server
    expect(@hosts.ask('d')).to match(/refused/)
    @hosts.set('db.example', '127.0.0.1')
    expect(@hosts.ask('d')).to be(true)
  end

  it 'is found out at each connect to Redis' do
    server = RedisServer.shared
    server.flush
    follows(server, 'RedisAdapter', server.url) { server.inspector.client(:kill, :type, :normal, :skipme, :yes) }
  end

  it 'is found out at each connect to PostgreSQL' do
    server = PostgresServer.shared
    server.end_sessions
    follows(server, 'PostgresAdapter', server.url, &:end_sessions)
  end

  it 'is found out at each connect to MariaDB' do
    server = MariadbServer.shared
    server.end_sessions
    follows(server, 'MySQLAdapter', server.url, &:end_sessions)
  end
end
