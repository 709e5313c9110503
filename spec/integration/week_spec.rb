# frozen_string_literal: true

require 'stores'

# A week of a job that runs every second, as fast as it goes: what a claim leaves behind goes away, on the
# server and in the process. KAAL_WEEK_CLAIMS=604800 for all of it.
RSpec.describe 'A week of claims' do
  before do
    stub_const('BATCH', 500)
    stub_const('BOUND', 500) # locks that are live while others go on
  end

  let(:claims) { Integer(ENV.fetch('KAAL_WEEK_CLAIMS', 24_000)) }
  let(:claims_of_a_second) { 12_000 }

  # In kilobytes.
  def memory
    File.read('/proc/self/status')[/VmRSS:\s+(\d+)/, 1].to_i
  end

  def claim(adapter, first, count)
    adapter.claim_many(Array.new(count) { |n| ['job', first + n] }, Kaal.configuration).count(true)
  end

  # Claims what the week has, and gives how many were won and by how much the process grew since the
  # first tenth, or since there were leases of a whole second.
  def live_through_it(adapter)
    before = nil
    won = (0...(claims / BATCH)).sum do |number|
      before ||= memory if number * BATCH >= [claims / 10, claims_of_a_second].max
      claim(adapter, number * BATCH, BATCH)
    end
    [won, memory - before]
  end

  # How many locks are left when the last lease is over and others go on, a few at a time.
  def left(adapter)
    wait_for('what has ended to go away', seconds: 30) do
      20.times { adapter.acquire_many(Array.new(10) { |n| "another #{n} #{rand}" }, 0.01) }
      yield <= BOUND
    end
    yield
  end

  def expect_to_leave_nothing(store, &)
    Kaal.configuration.lease_ttl = 1
    store.begin
    (won, growth), left = in_child(seconds: 600) do
      adapter = store.adapter
      [live_through_it(adapter), left(adapter, &)]
    end
    expect([won, growth, left]).to match([claims / BATCH * BATCH, be < 8_192, be <= BOUND])
  ensure
    store.finish
  end

  it 'leaves no key in Redis' do
    store = Stores.named('Redis')
    expect_to_leave_nothing(store) { store.server.inspector.dbsize }
  end

  it 'leaves no row in SQLite' do
    store = Stores.named('SQLite')
    # In a child: our copy of SQLite and that of the gem must not have the file open in one process.
    expect_to_leave_nothing(store) { in_child { store.plain.count('kaal_locks') } }
  end

  it 'leaves no advisory lock in PostgreSQL' do
    # Room for what is claimed in a second here, which is what hours claim elsewhere.
    server = PostgresServer.new(max_locks_per_transaction: 1_024)
    store = Stores.postgres(:session, server)
    expect_to_leave_nothing(store) { server.locks }
  ensure
    server&.stop
  end

  it 'leaves no named lock in MariaDB' do
    server = MariadbServer.new(**MariadbServer::WATCHING)
    store = Stores.mariadb(:session, server)
    expect_to_leave_nothing(store) { server.locks }
  ensure
    server&.stop
  end

  { 'PostgreSQL table' => 'PostgreSQL', 'MariaDB table' => 'MariaDB' }.each do |name, family|
    it "leaves no row in #{family}" do
      store = Stores.named(name)
      expect_to_leave_nothing(store) { store.server.rows('SELECT count(*) FROM kaal_locks').dig(0, 0).to_i }
    end
  end
end
