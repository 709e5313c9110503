# frozen_string_literal: true

require 'kaal/doctor'
require 'app_database'
require 'pgbouncer'
require 'redis_cluster'
require 'stores'

# Each fault is planted in a real store, or where a store cannot have it in this process.
RSpec.describe Kaal::Doctor do
  let(:doctor) { described_class.new }
  let(:postgres) { PostgresServer.shared.tap(&:reset) }
  let(:mariadb) { MariadbServer.shared.tap(&:reset) }

  before do
    Kaal.configuration.enable_log_dispatch_registry = true
    Kaal.configuration.scheduler_config_path = '/none/scheduler.yml'
  end

  def found
    doctor.findings.map { |finding| "#{finding.check}: #{finding.problem} => #{finding.cure}" }
  end

  Stores::ALL.each_key do |name|
    it "finds nothing in a healthy #{name}, and leaves nothing there" do
      store = Stores.named(name).tap(&:begin)
      Kaal.backend = store.adapter
      Kaal.register(key: 'job', cron: '0 9 * * * Europe/Paris', enqueue: ->(**) {}, guarantee: :at_least_once)
      expect([doctor.findings, doctor.unchecked]).to eq([[], []])
      expect(store.plain.count('kaal_locks').to_i).to eq(0) if store.plain.respond_to?(:count)
      expect(store.server.inspector.keys('*doctor*')).to eq([]) if name == 'Redis'
    ensure
      store.finish
    end
  end

  describe 'the set-up' do
    it 'is to have a backend that coordinates' do
      expect(found).to match([/\Abackend: no backend coordinates one process.*=> use sqlite/])
      Kaal.backend = Kaal::Backend::NullAdapter.new
      expect(found).to match([/\Abackend: a NullAdapter/])
      Kaal.backend = Kaal::Backend::MemoryAdapter.new
      expect(found).to match([/\Abackend: a MemoryAdapter/])
    end

    it 'is to be valid' do
      Kaal.backend = Kaal::Backend::RedisAdapter.new(RedisServer.shared.url)
      Kaal.lease_ttl = 5
      expect(found).to match([/\Aconfiguration: lease_ttl must be at least .*=> set it in config/])
    end

    it 'is to have a log where locks end with their session' do
      Kaal.backend = Kaal::Backend::PostgresAdapter.new(postgres.url).tap(&:create_tables)
      Kaal.configuration.enable_log_dispatch_registry = false
      expect(found).to match([/\Adispatch log: .*=> set enable_log_dispatch_registry/])
    end

    it 'is to have a scheduler file that can be loaded' do
      Kaal.backend = Kaal::Backend::RedisAdapter.new(RedisServer.shared.url)
      Dir.mktmpdir do |folder|
        Kaal.configuration.scheduler_config_path = File.join(folder, 'scheduler.yml')
        File.write(Kaal.configuration.scheduler_config_path, "defaults:\n  jobs: [{ key: report }]\n")
        expect(found).to match([/\Ascheduler file: .*report.*=> mend the file/])
      end
      expect(Kaal.registry.size).to eq(0)
    end
  end

  describe 'the store' do
    it 'is to answer' do
      Kaal.backend = Kaal::Backend::PostgresAdapter.new('postgres://me:hush@127.0.0.1:1/app')
      expect(found).to match([/\Aconnection: the store does not answer: 127.0.0.1:1.*=> see to it that the server runs/])
      Kaal.backend = Kaal::Backend::SQLiteAdapter.new(path: '/none/kaal.sqlite3')
      expect(found).to match([%r{\Aconnection: .*/none/kaal.sqlite3.*=> make the folder}])
    end

    it 'is to be said where it is' do
      hide_const('ActiveRecord::Base')
      Kaal.backend = Kaal::Backend::SQLiteAdapter.new
      expect(found).to match([/\Aconfiguration: no database: .* needs a URL, .* or the path of a file => say so in backend_config/])
    end

    it 'is to be a database' do
      Dir.mktmpdir do |folder|
        File.binwrite(path = File.join(folder, 'kaal.sqlite3'), 'nothing of the kind ' * 500)
        Kaal.backend = Kaal::Backend::SQLiteAdapter.new(path: path)
        expect(found).to match([/\Aconnection: .*file is not a database => name another file/])
      end
    end

    it 'is to have the tables' do
      Kaal.backend = Kaal::Backend::PostgresAdapter.new(postgres.url, lease: :table).tap(&:create_tables)
      postgres.query('DROP TABLE kaal_dispatches')
      expect(found).to match([/\Atables: .*"kaal_dispatches" does not exist.*=> run the migrations/])
      postgres.query('DROP TABLE kaal_definitions, kaal_locks')
      expect(found).to match([/\Atables: .*kaal_definitions/, /\Atables: .*kaal_dispatches/, /\Alocks: .*kaal_locks.*=> run the migrations/])
    end

    it 'is to tell keys apart' do
      Kaal.backend = Kaal::Backend::MySQLAdapter.new(mariadb.url).tap(&:create_tables)
      mariadb.query('ALTER TABLE kaal_definitions MODIFY `key` varchar(255) COLLATE utf8mb4_general_ci NOT NULL')
      expect(found).to match([/\Acollations: kaal_definitions.key .* utf8mb4_general_ci.*=> in a migration: change_column :kaal_definitions/])
    end

    it 'is to be new enough: PostgreSQL' do
      Kaal.backend = Kaal::Backend::PostgresAdapter.new(postgres.url).tap(&:create_tables)
      stub_const('Kaal::Doctor::ServerVersion::OLDEST', { 'PostgreSQL' => '99' }) # there is no older server to be had
      expect(found).to match([/\Aversion: PostgreSQL is \d+.*, older than 99 => update it/])
    end

    it 'is to be new enough: MariaDB' do
      server = MariadbServer.new(version: '10.5.9-MariaDB')
      Kaal.backend = Kaal::Backend::MySQLAdapter.new(server.url).tap(&:create_tables)
      expect(found).to match([/\Aversion: MariaDB is 10.5.9-MariaDB.*, older than 10.6 => update it/])
    ensure
      server.stop
    end

    it 'is to have the time of this machine' do
      Kaal.backend = Kaal::Backend::RedisAdapter.new(RedisServer.shared.url)
      allow(Process).to receive(:clock_gettime).and_wrap_original do |real, clock, *unit|
        real.call(clock, *unit) - (clock == Process::CLOCK_REALTIME ? 10 : 0)
      end
      expect(found).to match([/\Aclock: this machine's clock is 10.0 s behind the store's.*=> set both clocks by NTP/])
    end
  end

  describe 'the libraries' do
    it 'are to be new enough: redis' do
      Kaal.backend = Kaal::Backend::RedisAdapter.new(RedisServer.shared.url)
      RedisServer.shared.inspector # has it loaded
      stub_const('Redis::VERSION', '4.7.1')
      expect(found).to match([/\Aversion: the gem redis is 4.7.1, older than 4.8 => update it/])
    end

    context 'with SQLite' do
      include AppDatabase

      let(:folder) { Dir.mktmpdir('kaal-doctor') }
      let(:path) { File.join(folder, 'app.sqlite3') }

      after { FileUtils.rm_rf(folder) }

      it 'are to be new enough: SQLite' do
        connect_app(path)
        Kaal.backend = Kaal::Backend::SQLiteAdapter.new.tap(&:create_tables)
        expect(found).to eq([])
        stub_const('SQLite3::SQLITE_VERSION', '3.37.2')
        expect(found).to match([/\Aversion: the SQLite of the gem sqlite3 is 3.37.2, older than 3.38 => update/])
      ensure
        disconnect_app
      end

      it 'are not to open the file a second time: ActiveRecord' do
        Kaal.backend = Kaal::Backend::SQLiteAdapter.new(path: path).tap(&:create_tables)
        # Known to be the app's, and not connected to yet.
        ActiveRecord::Base.configurations = { 'test' => { 'adapter' => 'sqlite3', 'database' => path } }
        expect(found).to match([/\ASQLite: .*app.sqlite3 is opened through the gem sqlite3 as well.*=> give Kaal a file of its own/])
      ensure
        disconnect_app
      end

      it 'are not to open the file a second time: the gem sqlite3' do
        require 'sqlite3'
        Kaal.backend = Kaal::Backend::SQLiteAdapter.new(path: path).tap(&:create_tables)
        other = SQLite3::Database.new(path)
        expect(found).to match([/\ASQLite: /])
        other.close
        expect(found).to eq([])
      end
    end
  end

  describe 'a proxy that pools transactions' do
    def behind(**settings)
      Kaal::Backend::PostgresAdapter.new(postgres.url).create_tables
      bouncer = Pgbouncer.new(postgres, **settings)
      Kaal.backend = Kaal::Backend::PostgresAdapter.new(bouncer.url)
      yield bouncer
    ensure
      bouncer&.stop
      postgres.end_sessions
    end

    it 'is found by what it does not understand' do
      behind { expect(found).to match([/\Aconnection: .*unsupported startup parameter.*=> behind a proxy .* use lease: table/]) }
    end

    it 'is found when it is told to ignore that' do
      behind(ignore_startup_parameters: 'extra_float_digits,options') do
        expect(found).to match([/\A(locks|proxy): .*=> behind a proxy .* use lease: table/])
      end
    end

    it 'is found by two sessions that are given one lock' do
      postgres.query('CREATE SCHEMA pooled')
      postgres.query("CREATE FUNCTION pooled.pg_try_advisory_lock(bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true'")
      url = "#{postgres.url}?schema_search_path=pooled,pg_catalog,public"
      Kaal::Backend::PostgresAdapter.new(postgres.url).create_tables
      Kaal.backend = Kaal::Backend::PostgresAdapter.new(url)
      expect(found).to match([/\Aproxy: two sessions are given the same lock.*=> behind a proxy/])
    ensure
      postgres.end_sessions
    end

    it 'does no harm where what is said is heeded, or where it pools sessions' do
      behind(ignore_startup_parameters: 'extra_float_digits,options') do |bouncer|
        settings = { url: bouncer.url, prepared_statements: false }
        Kaal.backend = Kaal::Backend::PostgresAdapter.new(settings, lease: :table)
        expect(found).to eq([])
      end
      behind(pool_mode: 'session', ignore_startup_parameters: 'extra_float_digits,options') { expect(found).to eq([]) }
    end
  end

  describe 'Redis Cluster', if: Redis::VERSION.start_with?('4.') do
    before(:context) { @cluster = RedisCluster.new } # rubocop:disable RSpec/BeforeAfterAll

    after(:context) { @cluster.stop } # rubocop:disable RSpec/BeforeAfterAll

    it 'is to be reached by its client' do
      Kaal.backend = Kaal::Backend::RedisAdapter.new(@cluster.servers.first.url)
      expect(found).to match([/\ARedis Cluster: the URL is that of one node.*=> give RedisAdapter the client/])
    end

    it 'is to have a hash tag in the namespace' do
      Kaal.backend = Kaal::Backend::RedisAdapter.new(@cluster.client, namespace: '{kaal}')
      expect(found).to match([/\Aconfiguration: namespace "kaal" has no hash tag/])
      Kaal.namespace = '{kaal}'
      expect(found).to eq([])
    end
  end

  describe 'locks' do
    before { Kaal.backend = backend.new }

    let(:backend) { Class.new(Kaal::Backend::Adapter) }

    {
      'that cannot be had' => [{ acquire: ->(*) { raise IOError, 'gone' } }, /a lock cannot be had: gone => mend what/],
      'that nobody is given' => [{ acquire: ->(*) { false } }, /a lock that nobody has is not given => use one of the built-in/],
      'that a process is given twice' => [{ acquire: ->(*) { true }, release: ->(*) { true } }, /a process is given a lock that it has already/],
      'that are not given back' => [{ acquire: ->(*) { @had = !@had }, release: ->(*) { false } }, /a lock cannot be given back/]
    }.each do |which, (methods, message)|
      it "are found #{which}" do
        methods.each { |name, body| backend.define_method(name, &body) }
        expect(found).to match([/\Alocks: #{message}/])
      end
    end
  end

  describe 'jobs' do
    before do
      RedisServer.shared.flush
      Kaal.backend = Kaal::Backend::RedisAdapter.new(RedisServer.shared.url)
    end

    it 'are to have a time zone that there is' do
      Kaal.definition_registry.upsert_definition(key: 'job', cron: '0 9 * * * Mars/Olympus')
      expect(found).to match([%r{\Atime zones: job job never runs: .*Mars/Olympus.*=> register it}])
      Kaal.disable(key: 'job')
      expect(found).to eq([])
    end

    it 'are to have what their guarantee needs' do
      Kaal.register(key: 'job', cron: '@daily', enqueue: ->(**) {}, guarantee: :at_least_once)
      Kaal.configuration.enable_log_dispatch_registry = false
      expect(found).to match([/\Aguarantee: job cannot run at least once.* needs config.enable_log_dispatch_registry.*=> give it/])
    end
  end

  describe 'another configuration than the one in use' do
    let(:doctor) { described_class.new(other) }
    let(:other) { Kaal::Configuration.new.tap { |one| one.enable_log_dispatch_registry = true } }

    before do
      RedisServer.shared.flush
      Kaal.backend = Kaal::Backend::RedisAdapter.new(RedisServer.shared.url)
    end

    after { RedisServer.shared.flush }

    def doctor_of(backend)
      other.backend = backend
      found
    end

    it 'is looked at, with its store' do
      expect(doctor_of(Kaal::Backend::PostgresAdapter.new('postgres://me:hush@127.0.0.1:1/app'))).to match([/\Aconnection: /])
      expect(doctor_of(Kaal::Backend::PostgresAdapter.new(postgres.url))).to include(/\Atables: .*kaal_definitions/)
    end

    it 'is looked at, with its jobs' do
      Kaal.definition_registry.upsert_definition(key: 'here', cron: '0 9 * * * Mars/Olympus')
      adapter = Kaal::Backend::RedisAdapter.new(RedisServer.shared.url, namespace: 'other')
      expect(doctor_of(adapter)).to eq([])
      adapter.definition_registry.upsert_definition(key: 'there', cron: '0 9 * * * Mars/Olympus')
      expect(found).to match([/\Atime zones: job there never runs/])
      other.time_zone = 'Venus'
      adapter.definition_registry.upsert_definition(key: 'there', cron: '@daily')
      expect(found).to match([/\Aconfiguration: time_zone/, /\Atime zones: job there never runs: .*Venus/])
    end

    it 'is looked at, with the clock of its store' do
      adapter = Kaal::Backend::RedisAdapter.new(RedisServer.shared.url)
      adapter.define_singleton_method(:store_time) { Process.clock_gettime(Process::CLOCK_REALTIME) + 10 }
      expect(doctor_of(adapter)).to match([/\Aclock: this machine's clock is 10.0 s behind/])
    end
  end

  it 'writes nothing that an app has registered while it boots' do
    RedisServer.shared.flush
    Kaal.backend = Kaal::Backend::RedisAdapter.new(RedisServer.shared.url)
    Kaal.hold_definitions
    Kaal.register(key: 'job', cron: '@daily', enqueue: ->(**) {})
    Kaal.release_definitions
    expect([found, Kaal.backend.definition_registry.all_definitions]).to eq([[], []])
  ensure
    Kaal.discard_definitions
  end

  it 'says what it could not look at' do
    Kaal.backend = Kaal::Backend::PostgresAdapter.new(postgres.url).tap(&:create_tables)
    allow(PG).to receive(:connect).and_raise(LoadError.new('cannot load such file -- pg').tap { |e| e.instance_variable_set(:@path, 'pg') })
    expect([doctor.findings, doctor.unchecked]).to match([[], [/version of the server: /]])
  end
end
