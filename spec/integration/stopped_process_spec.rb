# frozen_string_literal: true

require 'mariadb_server'
require 'postgres_server'

# A process that stands still cannot give its session locks back. The server ends its session when it was
# idle for as long as the lease, ten seconds at least.
RSpec.describe 'A stopped process' do
  let(:adapters) do
    [
      Kaal::Backend::PostgresAdapter.new(PostgresServer.shared.url), Kaal::Backend::MySQLAdapter.new(MariadbServer.shared.url)
    ]
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
end
