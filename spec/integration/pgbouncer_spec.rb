# frozen_string_literal: true

require 'pgbouncer'
require 'postgres_server'

# 16 processes on 3 connections of the server, each of which is another's after every transaction.
RSpec.describe 'Behind PgBouncer' do
  let!(:server) { PostgresServer.shared.tap(&:reset) }
  let!(:bouncer) { Pgbouncer.new(server, default_pool_size: 3) }
  let(:clients) { 16 }
  let(:settings) { { url: bouncer.url, prepared_statements: false } }

  before do
    adapter.create_tables
    Kaal.configuration.enable_log_dispatch_registry = true
  end

  after do
    bouncer.stop
    server.end_sessions
  end

  def adapter
    Kaal::Backend::PostgresAdapter.new(settings, lease: :table)
  end

  # Every client has an order of its own, so that most win some. Gives what was won, as often as it was.
  def won(all, number)
    all.shuffle(random: Random.new(number)).each_slice(10).flat_map { |some| some.zip(yield(some)).select(&:last).map(&:first) }
  end

  it 'gives each of 500 locks, and each of 500 runs, to one' do
    keys = Array.new(500) { |n| "key #{n}" }
    runs = Array.new(500) { |n| ["job #{n % 7}", 60 * n] }
    answers = in_children(clients) do |number|
      one = adapter
      [won(keys, number) { |some| some.map { |key| one.acquire(key, 60) } },
       won(runs, number) { |some| one.claim_many(some, Kaal.configuration) }]
    end
    expect(answers.transpose.map { |all| all.flatten(1).sort }).to eq([keys.sort, runs.sort])
    expect(answers.count { |locks, _| locks.any? }).to be > clients / 2
    # On no more connections than that.
    expect(server.rows("SELECT count(*) FROM pg_stat_activity WHERE datname = 'kaal_test' AND pid <> pg_backend_pid()")).to eq([['3']])
    expect(server.rows('SELECT count(*), count(DISTINCT fire_time) FROM kaal_dispatches')).to eq([%w[500 500]])
  end

  it 'gives each what it has written itself' do
    answers = in_children(clients) do |number|
      one = adapter
      Array.new(15) { |n| round(one, "client #{number}", n) }.uniq
    end
    expect(answers).to eq([[true]] * clients)
    expect(adapter.definition_registry.all_definitions.map { |one| one.values_at(:key, :cron, :metadata) })
      .to match_array(Array.new(clients) { |number| ["client #{number}", '14 * * * *', { 'round' => 14, 'kaal_rs' => be_a(Hash) }] })
  end

  def round(one, name, number)
    definitions = one.definition_registry
    definitions.upsert_definition(key: name, cron: "#{number} * * * *", metadata: { round: number })
    one.dispatch_registry.log_dispatch(name, number, name)
    [
      definitions.find_definition(name).values_at(:key, :cron) == [name, "#{number} * * * *"],
      one.dispatch_registry.find_dispatch(name, number) == one.dispatch_registry.find_by_node(name).first,
      one.dispatch_registry.find_by_key(name).map { |record| record[:fire_time].to_i } == number.downto(0).to_a,
      [one.acquire(name, 60), one.acquire(name, 60), one.release(name), one.release(name)] == [true, false, true, false]
    ].all?
  end

  it 'says what to do where statements are prepared' do
    unaware = Kaal::Backend::PostgresAdapter.new(bouncer.url, lease: :table)
    expect { unaware.acquire('key', 60) }.to raise_error(
      Kaal::Backend::LockAdapterError, /startup parameter.*use lease: :table, prepared_statements: false/
    )
  end

  it 'does not begin with locks of a session' do
    expect { Kaal::Backend::PostgresAdapter.new(settings) }.to raise_error(Kaal::ConfigurationError, /use lease: :table/)
  end
end
