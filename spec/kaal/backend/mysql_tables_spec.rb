# frozen_string_literal: true

require 'mariadb_server'
require 'shared_server_tables'

RSpec.describe Kaal::Backend::MySQLAdapter do
  include KaalTables

  let(:server) { MariadbServer.shared }
  let(:settings) { { adapter: 'mysql2', host: '127.0.0.1', port: server.port, username: 'root', database: 'kaal_test' } }

  before { server.reset }

  describe 'on tables of its own' do
    def make_tables = 2.times { adapter.create_tables }

    it_behaves_like 'an adapter on tables', lease: :table
    it_behaves_like 'an adapter on tables', lease: :session
  end

  describe 'on tables of Kaal 0.2' do
    def make_tables = create_tables_of_kaal(settings, '0.2')

    it_behaves_like 'an adapter on tables', lease: :table
  end

  describe 'on tables of Kaal 0.6' do
    def make_tables = create_tables_of_kaal(settings, '0.6')

    it_behaves_like 'an adapter on tables', lease: :table, timestamps: false, metadata: 'text'
  end

  describe 'on tables of Kaal 0.2 by a Rails whose times have whole seconds' do
    let(:adapter) { described_class.new(settings, lease: :table) }

    before { create_tables_of_kaal(settings, '0.2', precision: nil) }

    it_behaves_like 'an adapter on tables', lease: :session, fraction: '' do
      def make_tables; end
    end

    it 'says what its leases need' do
      expect { adapter.acquire('key', 60) }.to raise_error(
        Kaal::Backend::LockAdapterError, /kaal_locks.acquired_at have no microseconds.*migration: change_column.*precision: 6/
      )
      %i[acquired_at expires_at created_at].each do |column|
        server.query("ALTER TABLE kaal_locks MODIFY #{column} datetime(6) NOT NULL")
      end
      expect([adapter.acquire('key', 60), adapter.acquire('key', 60), adapter.release('key')]).to eq([true, false, true])
    end
  end

  describe 'on tables of migrations, whose collation takes different keys for the same' do
    let(:adapter) { described_class.new(settings) }
    let(:definitions) { adapter.definition_registry }

    before { create_tables_of_kaal(settings, '0.2') }

    it 'refuses the second of two such keys, with what to do' do
      definitions.upsert_definition(key: 'Job', cron: '@daily')
      ['job', 'jób', 'job '].each do |key|
        expect { definitions.upsert_definition(key: key, cron: '@weekly') }
          .to raise_error(ArgumentError, /key "#{key}" is the same to MySQL as the registered "Job".*in a migration: change_column/)
        expect([definitions.find_definition(key), definitions.remove_definition(key), definitions.enable_definition(key)])
          .to eq([nil, nil, nil])
      end
      expect(definitions.all_definitions.map { |one| one.values_at(:key, :cron) }).to eq([%w[Job @daily]])
    end

    it 'finds the newest records of a key, and none of such another' do
      log = adapter.dispatch_registry
      [['Job', 180], ['job ', 120], ['job', 60], ['kaal:job', 30]].each { |key, time| log.log_dispatch(key, time, 'node') }
      times = ->(found) { found.map { |record| record[:fire_time].to_i } }
      expect([log.find_by_key('job'), log.find_by_key('job', limit: 1)].map(&times)).to eq([[60, 30], [60]])
    end

    it 'takes them apart after that migration' do
      definitions.upsert_definition(key: 'Job', cron: '@daily')
      in_child do
        require 'active_record'
        ActiveRecord::Base.establish_connection(settings)
        collation = server.rows("SHOW COLLATION LIKE 'utf8mb4_nopad_bin'").empty? ? 'utf8mb4_0900_bin' : 'utf8mb4_nopad_bin'
        ActiveRecord::Base.connection.change_column(:kaal_definitions, :key, :string, null: false, collation: collation)
      end
      definitions.upsert_definition(key: 'job', cron: '@weekly')
      expect(definitions.all_definitions.map { |one| one.values_at(:key, :cron) }).to eq([%w[Job @daily], %w[job @weekly]])
    end
  end

  describe 'on tables of its own, whose collation compares bytes' do
    let(:keys) { ['Job', 'job', 'jób', 'job '] }
    let(:adapter) { described_class.new(settings, lease: :table) }

    before { adapter.create_tables }

    it 'defines, logs and locks each of such keys' do
      keys.each_with_index do |key, index|
        adapter.definition_registry.upsert_definition(key: key, cron: "#{index} * * * *")
        adapter.dispatch_registry.log_dispatch(key, 60, "node #{index}")
      end
      expect(keys.map { |key| adapter.definition_registry.find_definition(key)[:cron] }).to eq(Array.new(4) { |n| "#{n} * * * *" })
      expect(keys.map { |key| adapter.dispatch_registry.find_dispatch(key, 60)[:node_id] }).to eq(Array.new(4) { |n| "node #{n}" })
      expect([adapter.acquire_many(keys, 60), adapter.acquire_many(keys, 60)]).to eq([[true] * 4, [false] * 4])
      Kaal.configuration.enable_log_dispatch_registry = true
      expect(adapter.claim_many(keys.map { |key| [key, 120] }, Kaal.configuration)).to eq([true] * 4)
    end
  end
end
