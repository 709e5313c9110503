# frozen_string_literal: true

require 'generated_rails_app'
require 'postgres_server'
require 'puma_end'

# What docs/rails.md says, in an app of `rails new` on PostgreSQL: two schedulers and a Puma with two workers run
# a job of every second. KAAL_FLEET_SECONDS=10 for a short run.
RSpec.describe 'An app of rails new' do # rubocop:disable RSpec/DescribeClass
  include PumaEnd

  let(:seconds) { Integer(ENV.fetch('KAAL_FLEET_SECONDS', 60)) }
  let(:server) { PostgresServer.shared }
  let(:url) { server.url(database: 'kaal_generated') }
  let(:app) { GeneratedRailsApp.new(url) }

  before { server.drop_database('kaal_generated') }

  after do
    app.remove
    server.drop_database('kaal_generated')
  end

  def install
    app.rails!('generate', 'kaal:install')
    app.write('app/models/run.rb', "class Run < ApplicationRecord\nend\n")
    app.write('db/migrate/20200101000000_create_runs.rb', <<~RUBY)
      class CreateRuns < ActiveRecord::Migration[6.1]
        def change
          create_table(:runs) do |t|
            t.integer :fire_time, :parent, null: false
            t.string :idempotency_key, null: false
          end
        end
      end
    RUBY
    add_job
    app.rails!('db:create', 'db:migrate')
  end

  def add_job
    app.write('app/jobs/beat_job.rb', <<~RUBY)
      class BeatJob < ApplicationJob
        self.queue_adapter = :inline

        def perform(fire_time, idempotency_key:)
          Run.create!(fire_time: fire_time, idempotency_key: idempotency_key, parent: Process.ppid)
        end
      end
    RUBY
    sample = { key: 'beat', cron: '* * * * * *', job_class: 'BeatJob', args: ['{{fire_time.unix}}'],
               kwargs: { idempotency_key: '{{idempotency_key}}' } }
    app.write('config/scheduler.yml', app.read('config/scheduler.yml').sub('jobs: []', "jobs: #{JSON.generate([sample])}"))
    app.write('config/puma.rb', "#{app.read('config/puma.rb')}\nplugin :kaal\npreload_app! false\nworker_shutdown_timeout 5\n")
  end

  def start_scheduler
    app.start(RbConfig.ruby, 'bin/rails', 'kaal:start')
  end

  def start_puma
    app.bundle_exec('puma', '-C', 'config/puma.rb', PORT: ServerProcess.free_port.to_s, WEB_CONCURRENCY: '2')
  end

  def wait_for_start(scheduler)
    app.wait_for('the start', seconds: 30) { scheduler.output.include?('Kaal scheduler started') }
  end

  # Until both workers are of that phase: so often were they replaced.
  def wait_for_workers(phase)
    [0, 1].each do |index|
      app.wait_for("worker #{index} of phase #{phase}", seconds: 30) { @puma.output.match?(/Worker #{index} .* booted .*phase: #{phase}$/) }
    end
  end

  # What a statement gives, as numbers.
  def rows(statement)
    connection = PG.connect(url)
    connection.exec(statement).values.map { |row| row.map(&:to_i) }
  ensure
    connection&.close
  end

  # Fire times in their order, of runs in processes that this one has begun.
  def fire_times(parent: 'parent')
    rows("SELECT fire_time FROM runs WHERE parent = #{parent} ORDER BY fire_time").flatten
  end

  def wait_for_runs(count, **options)
    now = Time.now.to_i
    app.wait_for("#{count} more runs", seconds: 30) { fire_times(**options).last(count).then { |last| last.size == count && last.first > now } }
  end

  def expect_end_of_scheduler(process)
    wait_for_start(process)
    process.signal(:TERM)
    expect(app.seconds_of { expect(process.wait.exitstatus).to eq(0) }).to be < 2
  end

  def replace_scheduler(index)
    expect_end_of_scheduler(@schedulers[index])
    @schedulers[index] = start_scheduler
  end

  # A phased restart, when the one before is done.
  def replace_workers(times)
    wait_for_workers(times)
    @puma.signal(:USR1)
  end

  def replace_one_every_three_seconds
    began = Time.now
    (seconds / 3).times do |turn|
      round, which = turn.divmod(3)
      which == 2 ? replace_workers(round) : replace_scheduler(which)
      sleep([began + (3 * (turn + 1)) - Time.now, 0].max)
    end
  end

  # What the processes have logged: in files, or from Rails 7.1 on to where they write.
  def log
    [app.read('log/production.log'), *app.outputs].join
  end

  # None is left out since there is the job, none there twice, and none logged that did not run.
  def expect_each_second_once
    times = fire_times
    created_at = rows('SELECT ceil(extract(epoch FROM created_at)) FROM kaal_definitions').dig(0, 0)
    expect(times.size).to eq(times.uniq.size)
    expect(times.last(times.max - created_at + 1)).to eq((created_at..times.max).to_a)
    expect(times.max - created_at).to be >= seconds
    expect(rows("SELECT count(*) FROM kaal_dispatches WHERE status = 'dispatched'")).to eq([[times.size]])
  end

  it 'runs it once each second while one of them is replaced every three seconds, and all end as they should' do
    install
    @schedulers = Array.new(2) { start_scheduler }
    @puma = start_puma
    wait_for_runs(1)
    replace_one_every_three_seconds
    wait_for_runs(1)
    @schedulers.each { |process| expect_end_of_scheduler(process) }
    wait_for_runs(2, parent: @puma.pid)
    expect_end_by_term(@puma)
    expect_each_second_once
    expect(log).not_to match(/(?:WARN|ERROR|FATAL) -- : .*\[Kaal\]/)
  end
end
