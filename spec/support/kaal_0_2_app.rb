# frozen_string_literal: true

require 'bundled_app'
require 'rails_app'

# An app as it was written for Kaal 0.2, whose Gemfile names either that, for which a stand-in is taken, or
# kaal-rs. Nothing else in it ever changes.
class Kaal02App < RailsApp
  include BundledApp

  SUPPORT = __dir__
  GEMS = { 'kaal' => File.join(SUPPORT, 'kaal_0_2'), 'kaal-rs' => BundledApp::KAAL_RS }.freeze

  # @param backend [String] what the initializer has
  # @param database [Hash, nil] as in config/database.yml
  def initialize(backend, database: nil)
    super(database: database, settings: 'config.active_job.queue_adapter = :inline')
    @database = database
    write('config/boot.rb', "ENV['BUNDLE_GEMFILE'] ||= File.expand_path('../Gemfile', __dir__)\nrequire 'bundler/setup'\n")
    use('kaal')
    migrate if database
    write_jobs
    write('config/initializers/kaal.rb', initializer(backend))
    write('config/scheduler.yml', SCHEDULER)
  end

  # Changes the Gemfile.
  def use(gem)
    gems = ['railties', 'activejob', *(%w[activerecord pg sqlite3] if @database), 'redis']
    install(gems.map { |name| "gem '#{name}'" } << "gem '#{gem}', path: '#{GEMS.fetch(gem)}'")
  end

  # What has run: job, fire time, and the version that ran it.
  def runs
    read('runs').lines.map(&:chomp).sort
  end

  private

  def gem
    'Bundler.require'
  end

  # The tables of Kaal 0.2's migrations.
  def migrate
    write('db/migrate/20240101000000_create_kaal_tables.rb', <<~RUBY)
      $LOAD_PATH.unshift(#{SUPPORT.inspect})
      require 'kaal_tables'
      class CreateKaalTables < ActiveRecord::Migration[ActiveRecord::Migration.current_version]
        include KaalTables::Migration
        def change = migrate_all(true, :json, precision: 6)
      end
    RUBY
    rails!('db:migrate')
  end

  def write_jobs
    write('app/jobs/cleanup_job.rb', <<~RUBY)
      class CleanupJob < ActiveJob::Base
        def perform(time) = File.write('runs', "cleanup \#{time} \#{Kaal::VERSION}\\n", mode: 'a')
      end
    RUBY
    write('app/jobs/report_job.rb', <<~RUBY)
      class ReportJob < ActiveJob::Base
        def perform(time) = File.write('runs', "team:report \#{time} \#{Kaal::VERSION} \#{queue_name}\\n", mode: 'a')
      end
    RUBY
    write('app/models/dispatch_report.rb', <<~RUBY)
      class DispatchReport
        def self.of(key)
          scope = Kaal::CronDispatch.by_key(key).by_status('dispatched').by_node(Socket.gethostname)
          scope.since(1.day.ago).recent(10).map { |dispatch| dispatch.fire_time.to_i }.sort
        end

        def self.jobs = Kaal::CronDefinition.enabled.by_source('file').map { |one| [one.key, one.metadata['owner']] }
      end
    RUBY
  end

  def initializer(backend)
    <<~RUBY
      Kaal.configure do |config|
        config.backend = #{backend}
        config.window_lookback = 60
        config.enable_log_dispatch_registry = true
        config.recovery_window = 3600
      end

      Kaal.register(
        key: 'cleanup', cron: '* * * * *',
        enqueue: ->(fire_time:, idempotency_key:) { CleanupJob.perform_later(fire_time.to_i) if idempotency_key }
      )
      Kaal.register(key: 'paused', cron: '* * * * *', enqueue: ->(**) { File.write('runs', "paused\\n", mode: 'a') })
    RUBY
  end

  SCHEDULER = <<~YAML
    defaults:
      jobs:
        - key: "team:report"
          cron: "* * * * *"
          job_class: "ReportJob"
          enabled: true
          queue: "<%= 'low' -%>"
          args:
            - "{{fire_time.unix}}"
          metadata:
            owner: "ops"
  YAML
  private_constant :SCHEDULER
end
