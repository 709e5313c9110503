# frozen_string_literal: true

require 'mariadb_server'
require 'postgres_server'
require 'rails_app'

# Through `rails g` in real apps, and what it writes run against real databases.
RSpec.describe 'rails g kaal:install' do # rubocop:disable RSpec/DescribeClass
  let(:sqlite) { { adapter: 'sqlite3', database: 'storage/app.sqlite3' } }
  let(:database) { nil }
  let(:app) { RailsApp.new(database: database) }

  after { app.remove }

  def install(*options)
    app.rails!('generate', 'kaal:install', *options)
  end

  def migrations
    app.files('db/migrate/*.rb').map { |file| file[/\d{14}_(create_kaal_\w+)\.rb\z/, 1] }
  end

  def backend
    app.read('config/initializers/kaal.rb')[/config\.backend = (.*)/, 1]
  end

  def columns(table)
    app.runner(<<~RUBY)
      connection = ActiveRecord::Base.connection
      puts connection.columns('#{table}').map { |one| [one.name, one.type, one.limit, one.precision, one.null].join(' ') }
      puts connection.indexes('#{table}').map { |one| [*one.columns, one.unique].join(' ') }.sort
    RUBY
  end

  # What the app has then works: all tables are as kaal-rs needs them.
  def expect_working
    app.write('config/initializers/job.rb', <<~RUBY)
      Rails.application.config.to_prepare do
        Kaal.register(key: 'job', cron: '* * * * * *', enqueue: ->(**) { puts 'ran' }, guarantee: :at_least_once)
        Kaal.register(key: 'Job', cron: '0 0 29 2 *', enqueue: ->(**) {})
      end
    RUBY
    expect(app.rails!('kaal:tick')).to match(/\A(ran\n)+Kaal tick completed\n\z/)
    expect(app.rails!('kaal:status')).to include('Registered jobs: 2', '  - Job (0 0 29 2 *)')
  end

  context 'with an app on SQLite' do
    let(:database) { sqlite }

    it 'takes its database, with all tables and the log' do
      install
      expect(backend).to eq('Kaal::Backend::SQLiteAdapter.new')
      expect(migrations).to eq(%w[create_kaal_dispatches create_kaal_locks create_kaal_definitions create_kaal_claims create_kaal_intervals create_kaal_delayed_jobs create_kaal_delayed_claims])
      expect(app.read('config/initializers/kaal.rb')).to match(/^  config.enable_log_dispatch_registry = true$/)
      expect(app.read('config/initializers/kaal.rb')).to match(/^  config.recovery_window = 3600$/)
      app.rails!('db:migrate')
      expect_working
    end

    it 'makes the tables that Kaal.create_tables! makes, and leaves those that it has made' do
      install
      app.rails!('db:migrate')
      migrated = %w[dispatches locks definitions claims intervals delayed_jobs delayed_claims].map { |table| columns("kaal_#{table}") }
      app.rails!('db:rollback', 'STEP=7')
      expect(app.runner('p ActiveRecord::Base.connection.tables.grep(/kaal/)')).to eq("[]\n")
      app.runner('Kaal.create_tables!')
      app.rails!('db:migrate')
      expect(%w[dispatches locks definitions claims intervals delayed_jobs delayed_claims].map { |table| columns("kaal_#{table}") }).to eq(migrated)
    end

    it 'names the version of Rails in classes that have the names of their files' do
      install
      text = app.read(app.files('db/migrate/*_create_kaal_dispatches.rb').first)
      expect(text).to include("class CreateKaalDispatches < ActiveRecord::Migration[#{app.runner('print ActiveRecord::Migration.current_version')}]")
    end

    it 'changes nothing when it is run again, and makes no second migration' do
      install
      before = app.files('**/*')
      expect(install).not_to include('create ', 'conflict')
      expect(app.files('**/*')).to eq(before)
    end

    it 'leaves a migration that is there already as it is' do
      app.write('db/migrate/20200101000000_create_kaal_locks.rb', '# of Kaal')
      install
      expect(migrations.count('create_kaal_locks')).to eq(1)
      expect(app.read('db/migrate/20200101000000_create_kaal_locks.rb')).to eq('# of Kaal')
    end

    it 'adds what an app of Kaal lacks, and leaves what it has' do
      files = %w[config/initializers/kaal.rb config/scheduler.yml] +
              %w[dispatches locks definitions].map.with_index { |table, index| "db/migrate/2020010100000#{index}_create_kaal_#{table}.rb" }
      files.each { |file| app.write(file, "# of Kaal\n") }
      install('--skip')
      expect(files.map { |file| app.read(file) }).to eq(["# of Kaal\n"] * 5)
      expect(migrations).to eq(%w[create_kaal_dispatches create_kaal_locks create_kaal_definitions create_kaal_claims create_kaal_intervals
                                  create_kaal_delayed_jobs create_kaal_delayed_claims])
    end

    it 'writes nothing with --pretend' do
      before = app.files('**/*')
      expect(install('--pretend')).to include('config/initializers/kaal.rb', 'create_kaal_locks.rb')
      expect(app.files('**/*') - ['log/development.log']).to eq(before)
    end

    it 'is undone by rails destroy' do
      install
      app.rails!('destroy', 'kaal:install')
      expect(app.files('**/*.{rb,yml}')).to contain_exactly(
        'config/application.rb', 'config/boot.rb', 'config/database.yml', 'config/environment.rb'
      )
    end

    {
      'POSTGRES' => ['Kaal::Backend::PostgresAdapter.new', %w[create_kaal_dispatches create_kaal_definitions create_kaal_claims create_kaal_intervals create_kaal_delayed_jobs create_kaal_delayed_claims]],
      'redis' => ["Kaal::Backend::RedisAdapter.new(ENV.fetch('REDIS_URL', 'redis://localhost:6379/0'))", []],
      'memory' => ['Kaal::Backend::MemoryAdapter.new', []],
      'database' => ['Kaal::Backend::SQLiteAdapter.new',
                     %w[create_kaal_dispatches create_kaal_locks create_kaal_definitions create_kaal_claims create_kaal_intervals create_kaal_delayed_jobs create_kaal_delayed_claims]]
    }.each do |name, (line, tables)|
      it "takes #{name} on request" do
        install("--backend=#{name}")
        expect([backend, migrations]).to eq([line, tables])
      end
    end

    it 'takes a file of its own on request' do
      install('--path=storage/runs.sqlite3')
      expect([backend, migrations]).to eq(["Kaal::Backend::SQLiteAdapter.new(path: Rails.root.join('storage/runs.sqlite3'))", []])
      expect_working
    end

    it 'refuses any other backend, says which there are, and writes nothing' do
      output, status = app.rails('generate', 'kaal:install', '--backend=oracle')
      expect(output).to eq("there is no backend \"oracle\": choose one of sqlite, postgres, mysql, redis, memory\n")
      expect(status.exitstatus).to eq(1)
      expect(app.files('config/initializers/*')).to eq([])
    end

    it 'refuses a file for what has none' do
      output, status = app.rails('generate', 'kaal:install', '--backend=redis', '--path=storage/runs.sqlite3')
      expect([output, status.exitstatus]).to eq(["--path is for SQLite: the backend is redis\n", 1])
    end
  end

  context 'with an app without a database' do
    it 'takes a file, and makes its folder' do
      FileUtils.rm_rf(app.path('storage'))
      install
      expect([backend, migrations]).to eq(["Kaal::Backend::SQLiteAdapter.new(path: Rails.root.join('storage/kaal.sqlite3'))", []])
      expect_working
    end

    it 'writes a scheduler file that is one, with a sample that is one when it is no comment' do
      install
      text = app.read('config/scheduler.yml')
      expect(YAML.safe_load(text)).to eq('defaults' => { 'jobs' => [] })
      sample = text[/^  # jobs:\n(  #.*\n)+/].gsub(/^  # ?/, '  ')
      expect(YAML.safe_load("defaults:\n#{sample}").dig('defaults', 'jobs', 0)).to include('key' => 'report', 'job_class' => 'ReportJob')
    end
  end

  context 'with an app on PostgreSQL' do
    let(:server) { PostgresServer.shared }
    let(:database) { { adapter: 'postgresql', url: server.url } }

    before { server.reset }

    it 'takes its database' do
      install
      expect([backend, migrations]).to eq(['Kaal::Backend::PostgresAdapter.new',
                                           %w[create_kaal_dispatches create_kaal_definitions create_kaal_claims create_kaal_intervals create_kaal_delayed_jobs create_kaal_delayed_claims]])
      app.rails!('db:migrate')
      expect_working
    end

    it 'takes a file for SQLite' do
      install('--backend=sqlite')
      expect([backend, migrations]).to eq(["Kaal::Backend::SQLiteAdapter.new(path: Rails.root.join('storage/kaal.sqlite3'))", []])
    end
  end

  context 'with an app on MariaDB' do
    let(:server) { MariadbServer.shared }
    let(:database) { { adapter: 'mysql2', host: '127.0.0.1', port: server.port, username: 'root', database: 'kaal_test' } }

    before { server.reset }

    it 'takes its database, whose keys differ where their bytes do' do
      install
      expect([backend, migrations]).to eq(['Kaal::Backend::MySQLAdapter.new',
                                           %w[create_kaal_dispatches create_kaal_definitions create_kaal_claims create_kaal_intervals create_kaal_delayed_jobs create_kaal_delayed_claims]])
      app.rails!('db:migrate')
      expect_working
    end
  end
end
