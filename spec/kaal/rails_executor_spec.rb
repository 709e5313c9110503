# frozen_string_literal: true

require 'open3'
require 'tmpdir'

# Each example is a process with a small Rails app on a SQLite file.
RSpec.describe 'Callbacks in a Rails app' do # rubocop:disable RSpec/DescribeClass
  let(:folder) { Dir.mktmpdir('kaal-rails') }
  let(:app) { <<~RUBY }
    require 'logger'
    require 'rails'
    require 'active_record/railtie'
    require 'kaal'
    class App < Rails::Application
      config.load_defaults Rails.version[/\\A\\d+\\.\\d+/]
      config.root = #{folder.inspect}
      config.eager_load = false
      config.cache_classes = ENV['RELOAD'].nil?
      config.logger = Logger.new(nil)
      config.secret_key_base = 'x'
      initializer('kaal.executor') { |app| Kaal.const_get(:RailsExecutor).install(app) }
    end
    ENV['DATABASE_URL'] = "sqlite3:\#{Rails.root}/app.sqlite3"
    Rails.application.initialize!
    class Current < ActiveSupport::CurrentAttributes
      attribute :user
    end
    LOG = StringIO.new
    def ready
      Kaal.configure { |config| config.logger = Logger.new(LOG); config.backend = Kaal::Backend::MemoryAdapter.new }
    end
    ready
    # A job that is due once within the look-back.
    def register(key, &callback)
      Kaal.register(key: key, cron: '*/2 * * * *', enqueue: ->(**) { callback.call })
    end
  RUBY

  after { FileUtils.rm_rf(folder) }

  # @return [Array<String>] the lines that the script prints in the app
  def in_app(script, **environment)
    file = File.join(folder, 'app.rb').tap { |path| File.write(path, app + script) }
    environment = environment.transform_keys(&:to_s)
    output, errors, status = Open3.capture3(environment, RbConfig.ruby, '-W0', "-I#{File.expand_path('../../lib', __dir__)}", file)
    raise errors unless status.success?

    output.lines.map(&:chomp)
  end

  it 'give their connections back, and find and leave no current attributes' do
    expect(in_app(<<~RUBY)).to eq(%w[nil 1 nil 0 nil])
      register('first') do
        p Current.user
        Current.user = 'somebody'
        ActiveRecord::Base.connection.execute('select 1')
        p ActiveRecord::Base.connection_pool.stat[:busy]
      end
      register('second') { p Current.user }
      Kaal.tick!
      p ActiveRecord::Base.connection_pool.stat[:busy], Current.user
    RUBY
  end

  it 'do so also on threads of their own, when they raise, and after the configuration was reset' do
    expect(in_app(<<~RUBY)).to eq(%w[0 RuntimeError])
      register('job') { ActiveRecord::Base.connection.execute('select 1'); raise 'no' }
      Kaal.reset_configuration!
      ready
      Kaal.configuration.dispatch_threads = 1
      Kaal.configuration.on_error { |error, _context| $error = error.class }
      Kaal.reset_coordinator!
      Kaal.backend.definition_registry.upsert_definition(key: 'job', cron: '*/2 * * * *')
      Kaal.tick!
      p ActiveRecord::Base.connection_pool.stat[:busy]
      p $error
    RUBY
  end

  it 'run within the reloader where classes are reloaded, and are those of the code as it is then' do
    expect(in_app(<<~RUBY, RELOAD: '1')).to eq(%w[reloaded new])
      register('job') { puts 'old' }
      Rails.application.reloader.check = -> { true }
      Rails.application.reloader.to_prepare do
        next unless $ticking

        $ticking = false
        puts 'reloaded'
        Kaal.unregister(key: 'job')
        register('job') { puts 'new' }
      end
      $ticking = true
      Kaal.tick!
    RUBY
  end

  it 'are found in a scheduler file that is loaded as they are run, each time' do
    FileUtils.mkdir_p(File.join(folder, 'config'))
    File.write(File.join(folder, 'config/scheduler.yml'), <<~YAML)
      <% p Rails.application.executor.active?, Current.user %>
      <% Current.user = 'somebody' %>
      <% ActiveRecord::Base.connection.execute('select 1') %>
      defaults: { jobs: [] }
    YAML
    calls = ['Kaal.load_scheduler_file!', 'Kaal.defer_scheduler_file!; Kaal.tick!', 'Kaal.reload_scheduler_file!; Kaal.tick!']
    [{}, { RELOAD: '1' }].each do |environment|
      expect(in_app(calls.map { |call| "#{call}; p ActiveRecord::Base.connection_pool.stat[:busy], Current.user\n" }.join, **environment))
        .to eq(%w[true nil 0 nil] * 3)
    end
  end

  it 'have not failed when only what comes after them has' do
    expect(in_app(<<~RUBY)).to match(['called', match(/job job at \S+Z was done, but not what belongs after it: RuntimeError: after/)])
      Kaal.configuration.enable_log_dispatch_registry = true
      Kaal.load_scheduler_file! # within the executor, too
      Rails.application.executor.to_complete { raise 'after' }
      Kaal.register(key: 'job', cron: '*/2 * * * *', on_error: :retry, enqueue: ->(**) { puts 'called' })
      Kaal.tick!
      Rails.application.executor.reset_callbacks(:complete)
      puts LOG.string.lines.grep(/ERROR/)
    RUBY
  end

  it 'are reported to Rails once, by name' do
    expect(in_app(<<~RUBY)).to match(['["no", true, :error, "job", 1]'])
      unless Rails.respond_to?(:error) # Rails 6.1
        reporter = Object.new
        def reporter.report(error, handled:, severity:, context:)
          @subscriber.report(error, handled: handled, severity: severity, context: context, source: nil)
        end
        def reporter.subscribe(subscriber) = @subscriber = subscriber
        Rails.define_singleton_method(:error) { reporter }
      end
      subscriber = Object.new
      def subscriber.report(error, handled:, severity:, context:, **)
        p [error.message, handled, severity, *context[:kaal]&.values_at(:key, :attempt)]
      end
      Rails.error.subscribe(subscriber)
      register('job') { raise 'no' }
      Kaal.tick!
    RUBY
  end
end
