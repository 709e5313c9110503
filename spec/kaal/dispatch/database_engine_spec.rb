# frozen_string_literal: true

require 'app_database'
require 'mariadb_server'
require 'postgres_server'

RSpec.describe Kaal::Dispatch::DatabaseEngine do
  include AppDatabase

  after { disconnect_app }

  it 'needs ActiveRecord or a backend' do
    connect_app(':memory:')
    ActiveRecord::Base.remove_connection
    expect { described_class.new }.to raise_error(Kaal::ConfigurationError, /ActiveRecord is not connected to any/)
    expect { Kaal::Definition::DatabaseEngine.new }.to raise_error(Kaal::ConfigurationError, /not connected/)
  end

  # In a thread of its own, which has no connection yet.
  def connections_taken_by(&)
    taken = []
    listen = ->(*) { taken << Thread.current }
    Thread.new { ActiveSupport::Notifications.subscribed(listen, 'sql.active_record', &) }.join
    taken.size + ActiveRecord::Base.connection_pool.connections.count(&:in_use?)
  end

  shared_examples 'the app\'s database' do
    before do
      Kaal.backend = adapter
      Kaal.create_tables!
    end

    let(:engine) { described_class.new }

    it 'serves registries without arguments' do
      expect(engine.log_dispatch('job', 60, 'node')).to be_a(Kaal::CronDispatch).and have_attributes(key: 'job', status: 'dispatched')
      definitions = Kaal::Definition::DatabaseEngine.new
      definitions.upsert_definition(key: 'job', cron: '@daily', metadata: { 'a' => 1 })
      expect(definitions.find_definition('job')).to include(cron: '@daily', metadata: { 'a' => 1 })
      expect(Kaal::CronDefinition.find_by!(key: 'job').to_definition_hash).to include(metadata: { 'a' => 1 })
      expect(Kaal::CronDefinition.upsert_definition!(key: 'job', cron: '@daily', metadata: { b: 2 }).metadata).to eq('b' => 2)
      expect(definitions.find_definition('job')).to include(metadata: { 'b' => 2 })
    end

    it 'answers with models and relations, newest first' do
      [['a', 60, 'one'], ['kaal:a', 120, 'two'], ['b', 90, 'one', 'failed']].each { |entry| engine.log_dispatch(*entry) }
      log = adapter.dispatch_registry
      expect([log.find_by_key('a'), log.find_by_node('one'), log.find_by_status('failed')])
        .to all(be_a(ActiveRecord::Relation))
      times = ->(found) { found.map { |record| record.fire_time.to_i } }
      expect([log.find_by_key('a'), log.find_by_node('one'), log.find_by_status('failed')].map(&times)).to eq([[120, 60], [90, 60], [90]])
      expect(times.call(log.find_by_key('a', limit: 1))).to eq([120])
      expect([log.find_dispatch('a', 120).node_id, log.find_dispatch('a', Time.at(60)).node_id, log.find_dispatch('a', 1)]).to eq(['two', 'one', nil])
    end
  end

  context 'with SQLite' do
    before { connect_app(':memory:') }

    let(:adapter) { Kaal::Backend::SQLiteAdapter.new }

    it_behaves_like 'the app\'s database'
  end

  shared_examples 'a server' do
    it_behaves_like 'the app\'s database'

    it 'is not asked through ActiveRecord for what kaal-rs itself wants to know' do
      Kaal.backend = adapter
      Kaal.create_tables!
      Kaal.configuration.enable_log_dispatch_registry = true
      ActiveRecord::Base.connection_pool.release_connection
      taken = connections_taken_by do
        adapter.claim_many([['job', 60]], Kaal.configuration)
        adapter.dispatch_registry.log_dispatches([['job', 120]], 'node')
        Kaal.dispatched?('job', 60)
        adapter.definition_registry.upsert_definition(key: 'job', cron: '@daily')
      end
      expect([taken, Kaal.dispatched?('job', 120)]).to eq([0, true])
    end

    it 'tells what it has written to those who have begun to read before' do
      Kaal.backend = adapter
      Kaal.create_tables!
      Kaal::CronDispatch.transaction do
        Kaal::CronDispatch.count
        expect(adapter.dispatch_registry.log_dispatch('job', 60, 'node')).to have_attributes(key: 'job', node_id: 'node')
      end
    end
  end

  context 'with PostgreSQL' do
    before do
      PostgresServer.shared.reset
      connect_app('kaal_test', adapter: 'postgresql', host: '127.0.0.1', port: PostgresServer.shared.port, username: 'postgres')
    end

    let(:adapter) { Kaal::Backend::PostgresAdapter.new }

    it_behaves_like 'a server'
  end

  context 'with MariaDB' do
    before do
      MariadbServer.shared.drop_database('kaal_test')
      MariadbServer.shared.create_database('kaal_test')
      connect_app('kaal_test', adapter: 'mysql2', host: '127.0.0.1', port: MariadbServer.shared.port, username: 'root')
    end

    let(:adapter) { Kaal::Backend::MySQLAdapter.new }

    it_behaves_like 'a server'
  end
end
