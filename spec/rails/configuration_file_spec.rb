# frozen_string_literal: true

require 'command_line'
require 'rails_app'

# In processes of their own: Rails is initialised once in a process.
RSpec.describe 'Kaal in a Rails app' do # rubocop:disable RSpec/DescribeClass
  let(:app) { RailsApp.new(database: { adapter: 'sqlite3', database: 'storage/app.sqlite3' }) }

  after { app.remove }

  def kaal(*arguments, **environment)
    process = app.start(*CommandLine::COMMAND, *arguments, **environment)
    [process.output, process.wait(60).exitstatus]
  end

  def runner(code, **environment) = app.runner(code, **environment)

  describe 'with config/kaal.yml' do
    before { app.write('config/kaal.yml', 'defaults: { backend: sqlite, tick_interval: 3, namespace: file }') }

    it 'is configured by it, then by variables, then by its initializers' do
      app.write('config/initializers/kaal.rb', "Kaal.configuration.namespace += ' and code'")
      expect(runner('p Kaal.backend, Kaal.tick_interval, Kaal.namespace', KAAL_TICK_INTERVAL: '4').lines.map(&:chomp))
        .to eq(['#<Kaal::Backend::SQLiteAdapter of ActiveRecord>', '4', '"file and code"'])
    end

    it 'does not boot with a mistake in it' do
      output, status = app.rails('runner', '1', KAAL_TICK_INTERVAL: 'often')
      expect([output, status.success?]).to match([/KAAL_TICK_INTERVAL must be a whole number, is "often"/, false])
    end
  end

  describe 'and kaal' do
    before do
      app.write('config/scheduler.yml', "defaults:\n  jobs: []\n")
      app.write('config/initializers/kaal.rb', <<~RUBY)
        Kaal.configuration.backend = Kaal::Backend::SQLiteAdapter.new(path: 'storage/kaal.sqlite3')
        Kaal.register(key: 'job', cron: '* * * * * *', enqueue: ->(**) { File.write('calls', "done\\n", mode: 'a') })
      RUBY
    end

    it 'loads its environment' do
      expect(kaal('tick')).to eq(["Kaal tick completed\n", 0])
      expect(app.read('calls')).to match(/\A(done\n)+\z/)
      output, code = kaal('status', '--json')
      expect([code, JSON.parse(output)['jobs']]).to match([0, [include('key' => 'job', 'callback' => true)]])
    end

    it 'writes what the app registers only where jobs are to run' do
      late = 'Kaal.register(key: "late", cron: "@daily", enqueue: ->(**) {})'
      app.write('config/initializers/late.rb', "Rails.application.config.after_initialize { #{late} }")
      stored = -> { JSON.parse(kaal('status', '--json').first)['jobs'].map { |job| job['key'] } }
      expect([stored.call, stored.call]).to eq([[], []])
      kaal('tick')
      expect(stored.call).to eq(%w[job late])
    end

    it 'runs its scheduler, and ends by one TERM' do
      process = app.start(*CommandLine::COMMAND, 'start')
      app.wait_for('a run', seconds: 20) { process.output.include?('job dispatched') }
      process.signal(:TERM)
      expect(process.wait.exitstatus).to eq(0)
      expect(process.output).to end_with("Kaal scheduler stopped\n")
    end

    it 'tells in one line that it does not boot' do
      app.write('config/initializers/broken.rb', 'raise "no luck"')
      expect(kaal('status')).to match([%r{\Akaal: cannot load .*/config/environment.rb: RuntimeError: no luck\n\z}, 1])
    end
  end
end
