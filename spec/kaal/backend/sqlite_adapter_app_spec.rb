# frozen_string_literal: true

require 'app_database'
require 'fileutils'
require 'shared_backend'
require 'sqlite3'
require 'tmpdir'

# SQLiteAdapter on the app's own database, through ActiveRecord.
RSpec.describe Kaal::Backend::SQLiteAdapter do
  include AppDatabase

  let!(:folder) { Dir.mktmpdir('kaal-app') } # before any child is forked
  let(:file) { File.join(folder, 'app.sqlite3') }
  let(:backend) { described_class.new.tap(&:create_tables) }

  before { connect_app(file) }

  after do
    disconnect_app
    FileUtils.rm_rf(folder)
  end

  def store_error(message)
    raise_error(Kaal::Backend::LockAdapterError, message)
  end

  it_behaves_like 'a backend'

  it 'serves an app that prepares no statements' do
    connect_app(file, prepared_statements: false)
    Kaal.configuration.enable_log_dispatch_registry = true
    expect(backend.claim_many([["it's ?1", 60], ['b', 60]], Kaal.configuration)).to eq([true, true])
    expect(backend.claim_many([["it's ?1", 60], ['c', 60]], Kaal.configuration)).to eq([false, true])
    backend.definition_registry.upsert_definition(key: 'a', cron: '@daily', metadata: { 'of' => "?1'" })
    expect(backend.definition_registry.find_definition('a')).to include(metadata: { 'of' => "?1'" }, disabled_at: nil)
    expect([backend.dispatch_registry.dispatched?("it's ?1", 60), backend.release("kaal:dispatch:it's ?1:60")]).to eq([true, true])
  end

  it 'serves a database in memory' do
    connect_app(':memory:')
    expect([backend.acquire('key', 60), backend.acquire('key', 60), backend.release('key')]).to eq([true, false, true])
  end

  it 'gives connections back' do
    expect(Thread.new { backend.acquire('key', 60) && ActiveRecord::Base.connection_pool.active_connection? }.value)
      .to be_falsy
  end

  it 'is in the log of the app under its name, each statement on a line' do
    backend
    logged = []
    listen = ->(*, payload) { logged << payload.values_at(:name, :sql) }
    ActiveSupport::Notifications.subscribed(listen, 'sql.active_record') { backend.acquire_many(%w[a b], 60) }
    names, statements = logged.transpose
    expect([names.uniq - %w[Kaal TRANSACTION], statements.grep(%r{\n|--|/\*})]).to eq([[], []])
  end

  it 'asks past the query cache' do
    registry = backend.definition_registry
    ActiveRecord::Base.cache do
      expect(registry.find_definition('job')).to be_nil
      in_child { described_class.new.definition_registry.upsert_definition(key: 'job', cron: '@daily') }
      expect(registry.find_definition('job')).to include(cron: '@daily')
      expect(backend.dispatch_registry.find_dispatch('job', 60)).to be_nil
      in_child { described_class.new.dispatch_registry.log_dispatch('job', 60, 'node').id }
      expect(backend.dispatch_registry.find_dispatch('job', 60)).to have_attributes(node_id: 'node')
    end
  end

  it 'deletes leases that have ended' do
    200.times { |n| backend.acquire("short #{n}", 0.001) }
    wait_for('the leases to end') { backend.acquire('short 199', 0.001) }
    number = 0
    wait_for('an acquire that sweeps: one in so many does, at random') do
      100.times { backend.acquire("long #{number += 1}", 60) }
      sql("select count(*) from kaal_locks where key like 'short%'").flatten.first < 100
    end
  end

  it 'keeps rows as Kaal does' do
    Kaal.configuration.enable_log_dispatch_registry = true
    backend.claim_many([['job', 1_700_000_040]], Kaal.configuration)
    expect(sql('select key, fire_time, status from kaal_dispatches')).to eq([['job', '2023-11-14 22:14:00', 'dispatched']])
    expect(sql('select key, expires_at, acquired_at, created_at from kaal_locks').first)
      .to match(['kaal:dispatch:job:1700000040', *([/\A\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6})?\z/] * 3)])
  end

  it 'wins again what a failed claim may have won' do
    Kaal.configuration.enable_log_dispatch_registry = true
    backend
    # The commit is done, its answer is lost.
    allow(ActiveRecord::Base.connection).to receive(:commit_db_transaction).and_wrap_original do |commit|
      commit.call
      raise ActiveRecord::StatementInvalid, 'connection lost'
    end
    expect { backend.claim_many([['job', 60]], Kaal.configuration) }.to store_error(/failed for job:60/)
    connect_app(file)
    expect(sql('select count(*) from kaal_locks')).to eq([[1]])
    expect(backend.claim_many([['job', 60]], Kaal.configuration)).to eq([true])
    expect(backend.claim_many([['job', 60]], Kaal.configuration)).to eq([false])
  end

  it 'claims both lease and record, or neither' do
    Kaal.configuration.enable_log_dispatch_registry = true
    backend
    sql("CREATE TRIGGER full BEFORE INSERT ON kaal_dispatches BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    expect { backend.claim_many([['job', 60]], Kaal.configuration) }.to store_error(/disk full/)
    expect(sql('select count(*) from kaal_locks')).to eq([[0]])
  end

  describe 'a transaction of the caller\'s' do
    before { backend }

    let(:logging) { Kaal.configuration.tap { |configuration| configuration.enable_log_dispatch_registry = true } }

    it 'is refused: its rollback would undo the claim' do
      ActiveRecord::Base.transaction do
        expect { backend.acquire('key', 60) }.to store_error(/SQLite acquire failed for key: a transaction is open/)
        expect { backend.claim_many([['job', 60]], logging) }.to store_error(/a transaction is open/)
        expect { backend.definition_registry.upsert_definition(key: 'a', cron: '@daily') }
          .to raise_error(Kaal::Backend::StoreError, /a transaction is open/)
        expect(backend.definition_registry.all_definitions).to eq([])
      end
      expect(backend.acquire('key', 60)).to be(true)
    end

    it 'may be that of a test, which is rolled back' do
      ActiveRecord::Base.connection.begin_transaction(joinable: false)
      expect([backend.acquire('key', 60), backend.claim_many([['job', 60], ['job', 60]], logging)]).to eq([true, [true, false]])
      backend.definition_registry.upsert_definition(key: 'a', cron: '@daily')
      expect(sql('select count(*) from kaal_locks')).to eq([[2]])
      ActiveRecord::Base.connection.rollback_transaction
      expect(sql('select (select count(*) from kaal_locks) + (select count(*) from kaal_definitions)')).to eq([[0]])
    end

    it 'may be that of a migration, for the tables' do
      ActiveRecord::Base.transaction { expect(backend.create_tables).to be_nil }
    end
  end

  describe 'other processes' do
    before { backend }

    # Each with connections of its own.
    def in_processes(count, &)
      Array.new(count) { Thread.new { in_child(seconds: 60, &) } }.map(&:value)
    end

    it 'are excluded' do
      backend.acquire('mine', 60)
      expect(in_processes(4) { described_class.new.acquire_many(%w[mine free], 60) }.transpose.map(&:tally))
        .to eq([{ false => 4 }, { true => 1, false => 3 }])
    end

    it 'get each of 300 locks once, 8 of them, and no "database is locked"' do
      sql('PRAGMA journal_mode = WAL') # without it, the disk is what they wait for
      keys = Array.new(300) { |n| "key #{n}" }
      wins = in_processes(8) do
        adapter = described_class.new
        keys.count { |key| adapter.acquire(key, 60) }
      end
      expect(wins.sum).to eq(300)
    end

    it 'claim and define at once, and no "database is locked"' do
      Kaal.configuration.enable_log_dispatch_registry = true
      wins = in_processes(4) do
        adapter = described_class.new
        Array.new(20) do |n|
          adapter.definition_registry.upsert_definition(key: "job #{n % 3}", cron: '@daily')
          adapter.claim_many([["job #{n}", 60], ["job #{n}", 120]], Kaal.configuration)
        end
      end
      expect([wins.flatten.count(true), wins.flatten.count(nil), backend.definition_registry.all_definitions.size])
        .to eq([40, 0, 3])
    end

    it 'hold none of the locks of the parent that forked them' do
      backend.acquire('parent', 60)
      expect(in_child { [backend.acquire('parent', 60), backend.release('parent'), backend.acquire('child', 60)] })
        .to eq([false, false, true])
      expect([backend.acquire('child', 60), backend.release('parent')]).to eq([false, true])
    end

    # Holds the write lock in a child while the block runs.
    def locked
      reader, writer = IO.pipe
      locker = fork do
        SQLite3::Database.new(file).execute('BEGIN IMMEDIATE')
        writer.puts 'locked'
        sleep
      end
      reader.gets
      yield locker
    ensure
      Process.kill(:KILL, locker)
      Process.wait(locker)
    end

    it 'are waited for' do
      killer = nil
      locked do |locker|
        killer = Thread.new { sleep(0.3) && Process.kill(:KILL, locker) }
        expect(backend.acquire('key', 60)).to be(true)
        expect(backend.definition_registry.upsert_definition(key: 'a', cron: '@daily')).to include(key: 'a')
      end
    ensure
      killer&.join
    end

    it 'are waited for until somebody has enough of it' do
      locked do
        waiting = Thread.new { backend.acquire('key', 60) }
        sleep 0.1
        expect(waiting.kill.join(0.5)).to eq(waiting)
        expect { Timeout.timeout(0.1) { backend.acquire('key', 60) } }.to raise_error(Timeout::Error)
        stub_const('Kaal::ActiveRecordStore::Access::PATIENCE', 0.1)
        expect { backend.acquire('key', 60) }.to store_error(/database is locked/)
      end
      expect(backend.acquire('key', 60)).to be(true)
    end

    it 'are waited for without a connection' do
      connect_app(file, pool: 1)
      ActiveRecord::Base.connection_pool.release_connection
      locked do
        waiting = Thread.new { backend.acquire('key', 60) }
        reads = Array.new(50) { Thread.new { sleep(0.005) && sql('select 1') }.value }
        expect([reads.uniq, waiting.alive?]).to eq([[[[1]]], true])
        waiting.kill.join
      end
    end
  end

  describe 'tables of Kaal 0.6' do
    before do
      sql('CREATE TABLE kaal_locks (id integer PRIMARY KEY, key varchar(255) NOT NULL UNIQUE, ' \
          'acquired_at datetime NOT NULL, expires_at datetime NOT NULL)')
      sql('CREATE TABLE kaal_dispatches (id integer PRIMARY KEY, key varchar(255) NOT NULL, fire_time datetime NOT NULL, ' \
          'dispatched_at datetime NOT NULL, node_id varchar(255) NOT NULL, status varchar(50) NOT NULL, UNIQUE (key, fire_time))')
      sql('CREATE TABLE kaal_definitions (id integer PRIMARY KEY, key varchar(255) NOT NULL UNIQUE, cron varchar(255) NOT NULL, ' \
          "enabled boolean NOT NULL DEFAULT 1, source varchar(50) NOT NULL, metadata text NOT NULL DEFAULT '{}', " \
          'disabled_at datetime, created_at datetime NOT NULL, updated_at datetime NOT NULL)')
    end

    it 'are used as they are, and what they hold is read' do
      Kaal.configuration.enable_log_dispatch_registry = true
      sql("INSERT INTO kaal_dispatches VALUES (1, 'kaal:job', '1970-01-01 00:01:00', '1970-01-01 00:01:01', 'old', 'dispatched')")
      expect(backend.claim_many([['job', 60], ['job', 120]], Kaal.configuration)).to eq([false, true])
      log = backend.dispatch_registry
      expect([log.find_dispatch('job', 60).node_id, log.dispatched?('job', 60), log.find_by_key('job').map { |one| one.fire_time.to_i }])
        .to eq(['old', true, [120, 60]])
    end

    it 'have metadata as text, however it was written' do
      texts = ['{"a":1}', '"{\"a\":1}"', '{:a=>1}']
      texts.each_with_index do |text, n|
        sql("INSERT INTO kaal_definitions VALUES (#{n}, 'job #{n}', '@daily', 1, 'code', '#{text}', NULL, " \
            "'2026-01-01 00:00:00', '2026-01-01 00:00:00.5')")
      end
      read = [{ 'a' => 1 }, { 'a' => 1 }, {}]
      expect(backend.definition_registry.all_definitions.map { |one| one[:metadata] }).to eq(read)
      expect(Kaal::CronDefinition.order(:key).map(&:metadata)).to eq(read)
      backend.definition_registry.disable_definition('job 1')
      expect(sql("select metadata, enabled from kaal_definitions where key = 'job 1'")).to eq([['{"a":1}', 0]])
    end
  end

  describe 'a database' do
    let(:other) { File.join(folder, 'queue.sqlite3') }

    def configure(**databases)
      ActiveRecord::Base.configurations = {
        'default_env' => databases.to_h { |name, path| [name.to_s, { 'adapter' => 'sqlite3', 'database' => path }] }
      }
    end

    it 'may be that of a class' do
      owner = stub_const('QueueRecord', Class.new(ActiveRecord::Base) { self.abstract_class = true })
      owner.establish_connection(adapter: 'sqlite3', database: other)
      [described_class.new(connection_class: owner), described_class.new(connection: owner)].each do |adapter|
        adapter.create_tables
        expect([adapter.acquire('key', 60), adapter.release('key')]).to eq([true, true])
        log = adapter.dispatch_registry
        expect([60, 120].map { |time| log.log_dispatch('job', time, 'node') }).to all(be_a(Hash))
        expect(log.find_by_key('job', limit: 1).map { |record| record[:fire_time].to_i }).to eq([120])
      end
      expect(sql("select name from sqlite_master where name = 'kaal_locks'")).to eq([])
    ensure
      owner&.remove_connection
    end

    it 'may be one by its name, with the connections that the app has, or some of our own' do
      configure(primary: file, queue: other)
      ActiveRecord::Base.establish_connection(:primary)
      described_class.new(database: :primary).create_tables
      expect(sql("select count(*) from sqlite_master where name = 'kaal_locks'")).to eq([[1]])
      queue = described_class.new(database: 'queue')
      queue.create_tables
      expect([queue.acquire('key', 60), described_class.new(database: :queue).acquire('key', 60)]).to eq([true, false])
      expect([described_class.new(database: :primary), queue].map { |one| one.dispatch_registry.log_dispatch('a', 60, 'n').class })
        .to eq([Kaal::CronDispatch, Hash])
    end

    it 'may be a file, which is kaal-rs\'s own unless it is the app\'s' do
      own = described_class.new("sqlite3:#{other}")
      expect([own.path, own.acquire('key', 60)]).to eq([other, true])
      [described_class.new(url: "sqlite3:#{file}"), described_class.new(connection: { adapter: 'sqlite3', database: file })].each do |shared|
        expect([shared.path, shared.inspect]).to eq([nil, "#<#{described_class} database=#{file.inspect}>"])
        shared.create_tables
      end
      expect(sql("select count(*) from sqlite_master where name = 'kaal_locks'")).to eq([[1]])
    end

    it 'must be said once' do
      expect { described_class.new("sqlite3:#{other}", path: other) }
        .to raise_error(ArgumentError, 'address and path both say which database it is: give one')
      expect { described_class.new(database: :queue, connection_class: ActiveRecord::Base) }
        .to raise_error(ArgumentError, /connection_class and database both/)
    end

    it 'must be there, and be SQLite' do
      expect { described_class.new(database: :none).acquire('key', 60) }
        .to raise_error(Kaal::ConfigurationError, /has no database none for default_env/)
      expect { described_class.new('postgres://host/app') }.to raise_error(ArgumentError, /a URL of SQLite begins with sqlite3:/)
      expect { described_class.new(connection: 5) }.to raise_error(ArgumentError, /got a Integer/)
      expect { described_class.new(connection: { adapter: 'mysql2' }) }.to raise_error(Kaal::ConfigurationError, /of the kind mysql2, not SQLite/)
      expect { described_class.new(connection: { adapter: 'sqlite3' }) }.to raise_error(ArgumentError, /needs the path of a file/)
      expect { described_class.new(path: nil) }.to raise_error(ArgumentError, 'path must be a String, got nil')
      expect { described_class.new(pool: 5) }.to raise_error(ArgumentError, 'unknown keyword: :pool')
      expect { described_class.new(path: file).create_tables }.to raise_error(Kaal::ConfigurationError, /is a database of the app's/)
    end

    it 'must be connected' do
      ActiveRecord::Base.remove_connection
      backend = described_class.new
      expect(backend.inspect).to eq("#<#{described_class} of ActiveRecord>")
      expect { backend.acquire('key', 60) }.to raise_error(Kaal::ConfigurationError, /ActiveRecord::Base is not connected/)
      connect_app(file)
      backend.create_tables
      expect([backend.acquire('key', 60), backend.inspect]).to eq([true, "#<#{described_class} database=#{file.inspect}>"])
    end

    it 'without tables says what makes them' do
      expect { described_class.new.acquire('key', 60) }.to store_error(/no such table: kaal_locks \(in Rails run bin.rails db:migrate, elsewhere Kaal.create_tables! makes it\)/)
    end
  end
end
