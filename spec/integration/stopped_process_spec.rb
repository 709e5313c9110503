# frozen_string_literal: true

require 'mariadb_server'
require 'postgres_server'
require 'rbconfig'
require 'redis_server'
require 'tcp_proxy'

RSpec.describe 'A stopped process' do
  let(:adapters) do
    [
      Kaal::Backend::PostgresAdapter.new(PostgresServer.shared.url), Kaal::Backend::MySQLAdapter.new(MariadbServer.shared.url)
    ]
  end
  # Says what came of a lease in Redis at the second line that it reads; at the first it connects.
  let(:program) do
    <<~RUBY
      require 'kaal'
      adapter = Kaal::Backend::RedisAdapter.new(ARGV.first)
      $stdout.sync = true
      %w[first second].each { |key| $stdin.gets && puts(adapter.acquire(key, 60)) }
    RUBY
  end
  let(:servers) { [PostgresServer.shared, MariadbServer.shared] }

  after { servers.each(&:end_sessions) }

  def stopped_holder
    reader, writer = IO.pipe
    pid = fork do
      writer.puts(adapters.map { |adapter| adapter.acquire('key', 1) && adapter.acquire('other', 10) }.inspect)
      sleep
    end
    expect(reader.gets).to eq("[true, true]\n")
    Process.kill(:STOP, pid)
    [reader, writer].each(&:close)
    pid
  end

  # It cannot give its session locks back. The server ends its session when it was idle for as long as the lease, ten
  # seconds at least.
  it 'loses its locks after its longest lease, on PostgreSQL and MariaDB' do
    adapters # before the fork
    holder = stopped_holder
    expect(adapters.map { |adapter| adapter.acquire('key', 60) }).to eq([false, false])
    waited = adapters.map do |adapter|
      Thread.new { seconds_of { wait_for('the session to be ended', seconds: 20) { adapter.acquire('key', 60) } } }
    end
    expect(waited.map(&:value)).to all(be_between(8, 15))
    expect(adapters.map { |adapter| adapter.acquire('other', 60) }).to eq([true, true])
  ensure
    Process.kill(:KILL, holder)
    Process.wait(holder)
  end

  # The time-out, one second, passes while it stands still; it must not come before what has come meanwhile.
  it 'hears the answer of Redis that came while it stood still' do
    redis = RedisServer.shared.tap(&:flush)
    proxy = TcpProxy.new(redis.port)
    library = File.expand_path('../../lib', __dir__)
    holder = IO.popen([RbConfig.ruby, "-I#{library}", '-e', program, proxy.url(redis.url)], 'r+')
    holder.puts
    expect(holder.gets).to eq("true\n")
    proxy.delay(0.2)
    holder.puts
    wait_for('the request') { redis.inspector.exists?('second') }
    Process.kill(:STOP, holder.pid)
    sleep 1.2
    Process.kill(:CONT, holder.pid)
    expect(holder.gets).to eq("true\n")
  ensure
    Process.kill(:KILL, holder.pid) if holder
    holder&.close
    proxy&.close
  end
end
