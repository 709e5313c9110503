# frozen_string_literal: true

require 'mariadb_server'
require 'postgres_server'
require 'redis'
require 'tcp_proxy'

# Between a client and a server: what a test would have the network do.
RSpec.describe TcpProxy do
  let(:server) { TCPServer.new('127.0.0.1', ServerProcess.free_port) }
  let(:proxy) { described_class.new(server.local_address.ip_port) }
  let(:client) { connect }
  let(:peer) { client && server.accept }

  after { proxy.close }

  def connect
    TCPSocket.new('127.0.0.1', proxy.port)
  end

  # Both ends of a connection that works.
  def connected
    client.write('a')
    expect(peer.readpartial(1)).to eq('a')
    peer.write('b')
    expect(client.readpartial(1)).to eq('b')
  end

  def silent?(socket)
    socket.wait_readable(0.1).nil?
  end

  it 'passes bytes both ways, however many, and the end of either' do
    bytes = Random.bytes(3_000_000)
    received = Thread.new { peer.read }
    client.write(bytes)
    client.close_write
    expect(received.value).to eq(bytes)
    sending = Thread.new { peer.write(bytes) && peer.close }
    expect(client.read).to eq(bytes)
    sending.join
    wait_for('the connection to be over') { proxy.connections.zero? }
  end

  it 'lets bytes come later, each way, and in order' do
    connected
    proxy.delay(0.2)
    took = seconds_of do
      %w[c d e].each { |byte| client.write(byte) }
      expect(peer.read(3)).to eq('cde')
      %w[f g].each { |byte| peer.write(byte) }
      expect(client.read(2)).to eq('fg')
    end
    expect(took).to be >= 0.4
  end

  it 'delivers what its sender has given up' do
    connected
    proxy.delay(0.2)
    client.write('late')
    client.close
    expect(peer.read).to eq('late')
  end

  it 'resets what is connected, and passes what connects afterwards' do
    connected
    proxy.cut
    [client, peer].each { |socket| expect { socket.readpartial(1) }.to raise_error(Errno::ECONNRESET) }
    expect(proxy.connections).to eq(0)
    expect(connect.write('a')).to eq(1)
    expect(server.accept.readpartial(1)).to eq('a')
  end

  it 'refuses what connects, and passes what is connected' do
    connected
    proxy.refuse
    expect { connect }.to raise_error(Errno::ECONNREFUSED)
    client.write('c')
    expect(peer.readpartial(1)).to eq('c')
    proxy.pass
    connect.close
  end

  it 'holds everything back until it is told otherwise' do
    connected
    proxy.stall
    client.write('c')
    later = connect
    later.write('d')
    expect([peer, server].map { |socket| silent?(socket) }).to eq([true, true])
    proxy.pass
    expect([peer.readpartial(1), server.accept.readpartial(1)]).to eq(%w[c d])
  end

  it 'says nothing, takes whoever connects, and has lost it all afterwards' do
    connected
    proxy.black_hole
    client.write('c')
    later = connect
    later.write('d')
    expect([client, later, peer, server].map { |socket| silent?(socket) }).to all(be(true))
    proxy.pass
    [client, later, peer].each { |socket| expect { socket.readpartial(1) }.to raise_error(Errno::ECONNRESET) }
    expect(silent?(server)).to be(true)
  end

  it 'hangs up on whoever connects while the server is down, and finds it when it is back' do
    port = proxy && server.local_address.ip_port
    server.close
    expect { connect.readpartial(1) }.to raise_error(satisfy { |error| [EOFError, Errno::ECONNRESET].include?(error.class) })
    back = TCPServer.new('127.0.0.1', port)
    connect.write('a')
    expect(back.accept.readpartial(1)).to eq('a')
  end

  describe 'whose answers get lost' do
    it 'resets the connection after Redis has acted, and no other' do
      server = RedisServer.shared.tap(&:flush)
      proxy = described_class.new(server.port)
      client, other = Array.new(2) { Redis.new(url: proxy.url(server.url), reconnect_attempts: 0).tap(&:ping) }
      proxy.drop_answers(/incr/i)
      expect { client.incr('counter') }.to raise_error(Redis::ConnectionError)
      expect([other.get('counter'), client.get('counter'), proxy.answers_dropped]).to eq(['1', '1', 1])
      proxy.pass
      expect(client.incr('counter')).to eq(2)
      proxy.close
    end

    it 'resets the connection after PostgreSQL has committed' do
      server = PostgresServer.shared.tap(&:reset)
      proxy = described_class.new(server.port)
      connection = PG.connect(proxy.url(server.url))
      connection.exec('CREATE TABLE numbers (number integer); BEGIN; INSERT INTO numbers VALUES (1)')
      proxy.drop_answers(/COMMIT/)
      expect { connection.exec('COMMIT') }.to raise_error(PG::ConnectionBad)
      expect(server.rows('SELECT number FROM numbers')).to eq([['1']])
      expect(PG.connect(proxy.url(server.url)).exec('SELECT 1').values).to eq([['1']])
      proxy.close
    end

    it 'resets the connection after MariaDB has committed' do
      server = MariadbServer.shared.tap(&:reset)
      proxy = described_class.new(server.port)
      client = Mysql2::Client.new(host: '127.0.0.1', port: proxy.port, username: 'root', database: 'kaal_test')
      ['CREATE TABLE numbers (number integer)', 'BEGIN', 'INSERT INTO numbers VALUES (1)'].each { |text| client.query(text) }
      proxy.drop_answers(/COMMIT/)
      expect { client.query('COMMIT') }.to raise_error(Mysql2::Error)
      expect(server.rows('SELECT number FROM numbers')).to eq([['1']])
      proxy.close
    end
  end
end
