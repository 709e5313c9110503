# frozen_string_literal: true

require 'rails_app'
require 'server_process'

# In processes of their own: Rails is initialised once in a process.
RSpec.describe 'Kaal in a Rails app' do # rubocop:disable RSpec/DescribeClass
  let(:database) { { adapter: 'sqlite3', database: 'storage/app.sqlite3' } }
  let(:settings) { '' }
  let(:app) { RailsApp.new(database: database, settings: settings) }

  before { app.write('config/scheduler.yml', "defaults:\n  jobs: []\n") }

  after { app.remove }

  def initializer(lines)
    app.write('config/initializers/kaal.rb', lines)
  end

  it 'logs with the logger of Rails, unless the app says otherwise' do
    expect(app.runner('p Kaal.logger.equal?(Rails.logger)')).to eq("true\n")
    initializer('Kaal.configuration.logger = Logger.new($stderr, progname: "own")')
    expect(app.runner('p Kaal.logger.progname')).to eq("\"own\"\n")
  end

  it 'has the names of initializers that Kaal has' do
    names = app.runner('puts Kaal::Railtie.initializers.map(&:name)').lines.map(&:chomp)
    expect(names).to include('kaal.autoload', 'kaal.configuration', 'kaal.i18n')
  end

  it 'translates by what the app has, then by its own texts' do
    app.write('config/locales/en.yml', "en:\n  kaal:\n    phrases:\n      daily: Each day\n")
    app.write('config/application.rb', app.read('config/application.rb').sub("require 'rails'", "require 'rails'\nrequire 'rails/engine'"))
    expect(app.runner("puts Kaal.to_human('@daily'), Kaal.to_human('@weekly'), Kaal.to_human('@daily', locale: :de)"))
      .to eq("Each day\nWeekly\nTäglich\n")
    expect(app.runner('p I18n.available_locales.include?(:de)')).to eq("false\n")
  end

  describe 'when it boots' do
    let(:registration) { "Kaal.register(key: 'job', cron: '* * * * *', enqueue: ->(**) {})" }
    let(:note_of_a_start) { "Kaal.singleton_class.prepend(Module.new { def start! = File.write('started', '') })" }

    it 'starts no scheduler' do
      initializer("Kaal.configuration.backend = Kaal::Backend::MemoryAdapter.new\n#{registration}")
      expect(app.runner('p Kaal.running?, Thread.list.map(&:name).grep(/kaal/)')).to eq("false\n[]\n")
    end

    it 'reads the scheduler file at the first start or tick, not before' do
      app.write('config/scheduler.yml', 'wrong')
      expect(app.runner('begin; Kaal.tick!; rescue Kaal::SchedulerConfigError; puts "wrong"; end')).to eq("wrong\n")
      expect(app.runner('begin; Kaal.start!; rescue Kaal::SchedulerConfigError; puts "wrong"; end')).to eq("wrong\n")
    end

    it 'has a scheduler that an initializer has started load the file as well' do
      app.write('app/jobs/beat.rb', "class Beat\n  def self.perform = File.write('beats', '')\nend\n")
      app.write('config/scheduler.yml', JSON.generate(defaults: { jobs: [{ key: 'beat', cron: '* * * * * *', job_class: 'Beat' }] }))
      initializer("Kaal.configuration.backend = Kaal::Backend::MemoryAdapter.new\nKaal.start!")
      app.runner("sleep 0.01 until File.exist?('beats')")
      app.write('config/scheduler.yml', 'wrong')
      app.runner("sleep 0.01 until File.read('log/development.log').include?('the jobs stay as they were')")
      expect(app.read('log/development.log').scan('scheduler.yml: the file must be a mapping').size).to eq(1)
    end

    it 'writes what is registered meanwhile once it is asked for' do
      initializer(<<~RUBY)
        Kaal.configuration.backend = BACKEND = Kaal::Backend::SQLiteAdapter.new(path: 'storage/kaal.sqlite3')
        #{registration}
        p Kaal.registered?(key: 'job'), File.exist?('storage/kaal.sqlite3')
      RUBY
      expect(app.runner(<<~RUBY)).to eq("true\nfalse\n[]\n[\"job\"]\n[\"job\"]\n")
        p BACKEND.definition_registry.all_definitions
        p Kaal.registered.map(&:key), BACKEND.definition_registry.all_definitions.map { |one| one[:key] }
      RUBY
    end

    it 'keeps whether a job is enabled that is registered anew, and what else was done to it' do
      initializer(<<~RUBY)
        Kaal.configuration.backend = Kaal::Backend::SQLiteAdapter.new(path: 'storage/kaal.sqlite3')
        #{registration}
        Kaal.register(key: 'other', cron: '* * * * *', enqueue: ->(**) {})
        Kaal.disable(key: 'other')
      RUBY
      app.runner("Kaal.disable(key: 'job')")
      expect(app.runner('p Kaal.definition_registry.all_definitions.map { |one| one.values_at(:key, :enabled) }'))
        .to eq("[[\"job\", false], [\"other\", false]]\n")
    end

    it 'writes it to a registry of the app\'s own, too' do
      initializer(<<~RUBY)
        class Own < Kaal::Definition::MemoryEngine
          undef_method :register_definitions
        end
        OWN = Own.new
        Kaal.configuration.backend = Class.new(Kaal::Backend::NullAdapter) { define_method(:definition_registry) { OWN } }.new
        #{registration}
      RUBY
      expect(app.runner('p OWN.all_definitions.size, Kaal.registered.size, OWN.find_definition("job")[:source]'))
        .to eq("0\n1\n\"code\"\n")
    end

    it 'tries again to write what a store refused' do
      initializer(<<~RUBY)
        Kaal.configuration.backend = Kaal::Backend::SQLiteAdapter.new(path: 'storage/later/kaal.sqlite3')
        #{registration}
      RUBY
      expect(app.runner(<<~RUBY)).to eq("Kaal::StoreError\n[\"job\"]\n").or eq("Kaal::Backend::StoreError\n[\"job\"]\n")
        begin
          Kaal.registered
        rescue StandardError => e
          puts e.class
        end
        Dir.mkdir('storage/later')
        p Kaal.registered.map(&:key)
      RUBY
    end

    {
      'Redis' => ->(port) { "Kaal::Backend::RedisAdapter.new('redis://127.0.0.1:#{port}')" },
      'PostgreSQL' => ->(port) { "Kaal::Backend::PostgresAdapter.new('postgres://127.0.0.1:#{port}/none')" },
      'MySQL' => ->(port) { "Kaal::Backend::MySQLAdapter.new('mysql2://127.0.0.1:#{port}/none')" },
      'SQLite' => ->(_port) { 'Kaal::Backend::SQLiteAdapter.new' }
    }.each do |name, backend|
      it "needs neither #{name} nor tables, and starts nothing, for tasks as for a console" do
        initializer("Kaal.configuration.backend = #{backend.call(ServerProcess.free_port)}\n#{registration}\n#{note_of_a_start}")
        app.write('lib/tasks/assets.rake', "namespace(:assets) { task(precompile: :environment) { puts 'compiled' } }")
        app.write('irbrc', "puts \"in the console: \#{Kaal.registered?(key: 'job')}\"")
        expect(app.rails!('db:create', 'db:migrate')).not_to include('rror')
        expect(app.rails!('assets:precompile')).to eq("compiled\n")
        expect(app.rails!('console', IRBRC: app.path('irbrc'))).to include('in the console: true')
        expect(app.runner('p 1', RAILS_ENV: 'production')).to eq("1\n")
        expect(app.files('started')).to eq([])
      end
    end

    {
      'has a database of another kind' => [->(_) {}, /the database is of the kind sqlite3, not PostgreSQL: use the adapter for it/],
      'has no config/database.yml' => [->(app) { File.delete(app.path('config/database.yml')) }, /config.database\.yml/],
      'has no database in this environment' => [->(app) { app.write('config/database.yml', 'test: { adapter: sqlite3, database: none }') }, /no database|not configured/],
      'has no ActiveRecord' => [lambda { |app|
        app.write('config/application.rb', app.read('config/application.rb').sub(%r{^require .active_record/railtie.$}, ''))
      }, /no database: without ActiveRecord it needs a URL/]
    }.each do |name, (change, message)|
      it "needs no database for an adapter on the app's own, where that #{name}: who first needs it is told" do
        change.call(app)
        initializer("Kaal.configuration.backend = Kaal::Backend::PostgresAdapter.new\n" \
                    "Kaal.configuration.enable_log_dispatch_registry = true\n#{registration.sub('})', '}, guarantee: :at_least_once)')}")
        app.write('lib/tasks/assets.rake', "namespace(:assets) { task(precompile: :environment) { puts 'compiled' } }")
        expect(app.rails!('assets:precompile')).to eq("compiled\n")
        output, status = app.rails('kaal:start')
        expect(output).to match(/\Akaal:start failed: .*#{message}/m)
        expect(status.exitstatus).to eq(1)
      end
    end

    it 'leaves it to the app when ActiveRecord is loaded' do
      adapters = ['Postgres', 'MySQL', 'SQLite', "SQLite(path: 'storage/kaal.sqlite3')"].map do |name|
        name.sub(/\A\w+/, 'p Kaal::Backend::\0Adapter.new') << "; p ActiveRecord.autoload?(:Base).nil?\n"
      end
      initializer(adapters.join)
      expect(app.runner('').lines.values_at(1, 3, 5, 7)).to eq(["false\n"] * 4)
    end

    it 'needs no database server for an adapter on the app\'s own' do
      port = ServerProcess.free_port
      app.write('config/database.yml', JSON.generate('development' => { adapter: 'postgresql', host: '127.0.0.1', port: port, database: 'none' }))
      initializer("Kaal.configuration.backend = Kaal::Backend::PostgresAdapter.new\n#{registration}")
      expect(app.runner('p 1')).to eq("1\n")
    end
  end

  describe 'when code is reloaded' do
    before do
      app.write('app/jobs/beat.rb', "class Beat\n  def self.tell = puts('first')\nend\n")
      File.utime(Time.now, Time.now - 60, app.path('app/jobs/beat.rb'))
      initializer(<<~RUBY)
        Kaal.register(key: 'initializer', cron: '* * * * *', enqueue: ->(**) {})
        Rails.application.config.to_prepare do
          beat = Beat
          Kaal.register(key: 'beat', cron: '* * * * *', enqueue: ->(**) { beat.tell })
          Kaal.register(key: 'gone', cron: '* * * * *', enqueue: ->(**) {}) unless $reloaded
        end
      RUBY
    end

    it 'takes the new callbacks of to_prepare, and drops those that are gone' do
      expect(app.runner(<<~RUBY)).to eq("[\"initializer\", \"beat\", \"gone\"]\nfirst\nsecond\n[\"initializer\", \"beat\"]\n")
        p Kaal.registry.all.map(&:key)
        Kaal.registry.find('beat').enqueue.call
        File.write('app/jobs/beat.rb', "class Beat\n  def self.tell = puts('second')\nend\n")
        $reloaded = true
        Rails.application.reloader.wrap {}
        Kaal.registry.find('beat').enqueue.call
        p Kaal.registry.all.map(&:key).sort_by { |key| key == 'beat' ? 1 : 0 }
      RUBY
    end

    it 'leaves alone what has taken the place of a job of to_prepare' do
      expect(app.runner(<<~RUBY)).to eq("Key 'beat' is already registered\nof the file\n")
        Kaal.registry.upsert(key: 'beat', cron: '* * * * *', enqueue: ->(**) { puts 'of the file' })
        begin
          Rails.application.reloader.prepare!
        rescue Kaal::RegistryError => e
          puts e.message
        end
        Kaal.registry.find('beat').enqueue.call
      RUBY
    end

    it 'keeps the callbacks of before when a block fails, and still refuses a key twice' do
      initializer(<<~RUBY)
        Rails.application.config.to_prepare do
          raise 'broken' if $broken == 1
          Kaal.register(key: 'beat', cron: $broken == 2 ? 'no cron' : '* * * * *', enqueue: ->(**) { puts $broken.inspect })
          Kaal.register(key: 'beat', cron: '* * * * *', enqueue: ->(**) {}) if $broken == 3
        end
      RUBY
      expect(app.runner(<<~RUBY)).to eq("broken\nKaal::CronError\nKaal::RegistryError\nnil\n1\n")
        [1, 2, 3, nil].each do |broken|
          $broken = broken
          Rails.application.reloader.prepare!
        rescue StandardError => e
          puts e.message == 'broken' ? e.message : e.class
        end
        Kaal.registry.find('beat').enqueue.call
        p Kaal.registry.size
      RUBY
    end
  end

  describe 'the embedded file' do
    let(:start_twice) { '$stdout.sync = true; Kaal.configuration.logger = Logger.new($stdout); Kaal.start!; Kaal.restart!; Kaal.stop!' }

    before { initializer("Kaal.configuration.backend = Kaal::Backend::SQLiteAdapter.new(path: 'storage/kaal.sqlite3')") }

    it 'says in production, once, that it coordinates one machine only' do
      expect(app.runner(start_twice, RAILS_ENV: 'production').scan('this machine only').size).to eq(1)
    end

    it 'says nothing in development' do
      expect(app.runner(start_twice)).not_to include('this machine only')
    end
  end
end
