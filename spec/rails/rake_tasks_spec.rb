# frozen_string_literal: true

require 'rails_app'
require 'server_process'

# In processes of their own, as people run them.
RSpec.describe Kaal::RakeTasks do
  let(:app) { RailsApp.new }
  let(:initializer) do
    <<~RUBY
      Kaal.configuration.backend = Kaal::Backend::SQLiteAdapter.new(path: 'storage/kaal.sqlite3')
      Kaal.register(key: 'job', cron: '* * * * * *', enqueue: lambda { |**|
        File.write('calls', "begun\n", mode: 'a')
        sleep 0.01 while File.exist?('hold')
        File.write('calls', "done\n", mode: 'a')
      })
    RUBY
  end

  before do
    app.write('config/scheduler.yml', "defaults:\n  jobs: []\n")
    app.write('config/initializers/kaal.rb', initializer)
  end

  after { app.remove }

  def start
    process = app.start(RbConfig.ruby, 'bin/rails', 'kaal:start')
    app.wait_for('the start', seconds: 20) { process.output.include?('started') }
    process
  end

  it 'ticks once' do
    expect(app.rails!('kaal:tick')).to eq("Kaal tick completed\n")
    expect(app.read('calls')).to match(/\A(begun\ndone\n)+\z/)
  end

  it 'shows the configuration and the jobs' do
    expect(app.rails!('kaal:status')).to eq(<<~TEXT)
      Kaal v#{Kaal::VERSION}
      Running: false
      Tick interval: 5s
      Window lookback: 120s
      Window lookahead: 0s
      Lease TTL: 125s
      Namespace: kaal
      Registered jobs: 1
        - job (* * * * * *)
    TEXT
  end

  context 'with a configuration that cannot be, and jobs that do not run here' do
    let(:initializer) { "#{super()}Kaal.configuration.time_zone = 'Berlin'\nKaal.register(key: 'off', cron: '@daily', enqueue: ->(**) {})" }

    it 'shows them' do
      app.runner("Kaal.disable(key: 'off'); Kaal.definition_registry.upsert_definition(key: 'gone', cron: '@daily')")
      expect(app.rails!('kaal:status').lines.last(7).map(&:chomp)).to match(
        [
          'Registered jobs: 3', '  - gone (@daily)', '  - job (* * * * * *)', '  - off (@daily)',
          /\AWrong in the configuration: time_zone: "Berlin" is neither a name/, 'Disabled: off',
          'Defined neither by code nor by the scheduler file of this app, so not run by it: gone'
        ]
      )
    end
  end

  context 'when an initializer fails' do
    let(:initializer) { "\nKaal.register(key: 'job', cron: '61 * * * *', enqueue: ->(**) {})" }

    it 'says where' do
      output, status = app.rails('kaal:start')
      expect([output, status.exitstatus]).to eq(["kaal:start failed: minute: 61 is out of range 0-59 in config/initializers/kaal.rb:2\n", 1])
    end
  end

  describe 'what goes wrong' do
    let(:initializer) { "Kaal.register(key: 'job', cron: '* * * * *', enqueue: ->(**) { raise 'no luck' })\n#{logger}" }
    let(:logger) { '' }
    let(:failure) { /\[Kaal\] .*job.*: no luck$/ }

    it 'is told on the terminal, besides the log' do
      output = app.rails!('kaal:tick')
      expect(output).to match(failure).and end_with("Kaal tick completed\n")
      expect(output.scan('no luck').size).to eq(app.read('log/development.log').scan('no luck').size)
    end

    context 'with a logger that writes to the terminal' do
      let(:logger) { 'Kaal.configuration.logger = Logger.new($stdout, level: :error)' }

      it 'is told there once' do
        output = app.rails!('kaal:tick')
        expect(output).to match(/ERROR -- : \[Kaal\] .*no luck$/)
        expect(output).not_to match(/^\[Kaal\]/)
      end
    end
  end

  context 'with jobs in the scheduler file' do
    before do
      app.write('app/jobs/report.rb', "class Report\n  def self.perform = File.write('reports', \"done\\n\", mode: 'a')\nend\n")
      app.write('config/scheduler.yml', JSON.generate(defaults: { jobs: jobs }))
    end

    let(:jobs) { [{ key: 'report', cron: '* * * * * *', job_class: 'Report' }] }

    it 'shows them, and runs them' do
      expect(app.rails!('kaal:status')).to include('Registered jobs: 2', '  - report (* * * * * *)')
      app.rails!('kaal:tick')
      expect(app.read('reports')).to include('done')
    end

    it 'leaves what is stored as it is by a look at it' do
      app.rails!('kaal:tick')
      app.runner("Kaal.disable(key: 'report')")
      2.times { expect(app.rails!('kaal:status')).to match(/^Disabled: report$/) }
    end

    it 'reads the file again by a HUP, and keeps what there is where that is wrong' do
      app.write('config/scheduler.yml', JSON.generate(defaults: { jobs: [] }))
      process = start
      app.write('config/scheduler.yml', JSON.generate(defaults: { jobs: jobs }))
      process.signal(:HUP)
      app.wait_for('the job of the file') { app.read('reports').include?('done') }
      app.write('config/scheduler.yml', 'defaults: 1')
      process.signal(:HUP)
      app.wait_for('the mistake in the log') { app.read('log/development.log').include?('the jobs stay as they were') }
      done = app.read('reports').size
      app.wait_for('the job to go on') { app.read('reports').size > done }
      process.signal(:TERM)
      expect(process.wait.exitstatus).to eq(0)
    end

    %w[kaal:tick kaal:status kaal:start].each do |task|
      it "says what is wrong with the file where #{task} needs it" do
        app.write('config/scheduler.yml', JSON.generate(defaults: { jobs: [{ key: 'report' }] }))
        output, status = app.rails(task)
        expect(output).to match(/^#{task} failed: .*scheduler.yml.*report/)
        expect(status.exitstatus).to eq(1)
      end
    end
  end

  it 'puts an expression in words, also one with commas' do
    expect(app.rails!('kaal:explain[0 9 * * 1,3]')).to eq("At 09:00 every Monday and Wednesday\n")
  end

  {
    'kaal:explain' => /\Akaal:explain failed: give an expression/,
    'kaal:explain[61 * * * *]' => /\Akaal:explain failed: .*61/
  }.each do |task, message|
    it "says what is wrong with #{task}, with exit code 1" do
      output, status = app.rails(task)
      expect(output).to match(message)
      expect(status.exitstatus).to eq(1)
    end
  end

  context 'when the store fails' do
    let(:initializer) { "Kaal.configuration.backend = Kaal::Backend::SQLiteAdapter.new(path: 'none/kaal.sqlite3')" }

    it 'says so, with exit code 1' do
      output, status = app.rails('kaal:status')
      expect(output).to match(/\Akaal:status failed: .+none/)
      expect(status.exitstatus).to eq(1)
    end

    it 'says so of a tick that has no file to load' do
      FileUtils.rm(app.path('config/scheduler.yml'))
      output, status = app.rails('kaal:tick')
      expect([output, status.exitstatus]).to match([/^kaal:tick failed: .+none/, 1])
    end

    context 'with one that does not say which it is' do
      let(:port) { ServerProcess.free_port }
      let(:initializer) { "Kaal.configuration.backend = Kaal::Backend::RedisAdapter.new('redis://app:secret@127.0.0.1:#{port}/1')" }

      it 'names it, without its password' do
        output, status = app.rails('kaal:tick')
        expect(output).to match(/\Akaal:tick failed: .*refused.*RedisAdapter 127\.0\.0\.1:#{port} /)
        expect(output).not_to include('secret')
        expect(status.exitstatus).to eq(1)
      end
    end
  end

  describe 'kaal:start' do
    %w[TERM INT].each do |signal|
      it "runs until one #{signal}, and ends within two seconds with exit code 0" do
        process = start
        app.wait_for('a call') { app.read('calls').include?('done') }
        process.signal(signal)
        seconds = app.seconds_of { expect(process.wait.exitstatus).to eq(0) }
        expect(seconds).to be < 2
        expect(process.output).to eq(<<~TEXT)
          Kaal scheduler started in foreground
          Received #{signal}, stopping Kaal scheduler...
          Kaal scheduler stopped
        TEXT
        expect(app.read('calls').lines.tally.values.uniq.size).to eq(1)
      end
    end

    it 'waits for the callback that runs; a second signal does not' do
      app.write('hold', '')
      process = start
      app.wait_for('a call') { app.read('calls').include?('begun') }
      process.signal(:TERM)
      app.wait_for('the signal') { process.output.include?('Received TERM') }
      process.signal(:INT)
      expect(process.wait(2).exitstatus).to eq(1)
      expect(process.output).to end_with("kaal:start failed: forced to end by INT, while a callback was running\n")
    end

    it 'ends when the scheduler was stopped otherwise' do
      app.write('config/initializers/stop.rb', "Kaal.register(key: 'stop', cron: '* * * * * *', enqueue: ->(**) { Kaal.stop! })")
      process = start
      expect(process.wait.exitstatus).to eq(0)
      expect(process.output).to end_with("Kaal scheduler stopped\n")
    end

    it 'refuses to start a second scheduler in its process' do
      app.write('config/initializers/start.rb', 'Rails.application.config.after_initialize { Kaal.start! }')
      output, status = app.rails('kaal:start')
      expect(output).to eq("kaal:start failed: the scheduler already runs in this process\n")
      expect(status.exitstatus).to eq(1)
    end
  end

  it 'is there for the Rakefile of another app' do
    app.write('Rakefile', <<~RUBY)
      require 'kaal'
      task(:environment) { Kaal.configuration.namespace = 'of the app' }
      Kaal::RakeTasks.install
    RUBY
    process = app.start(RbConfig.ruby, '-I', RailsApp::LIBRARY, '-S', 'rake', 'kaal:status')
    expect(process.wait.exitstatus).to eq(0)
    expect(process.output).to include('Namespace: of the app')
  end
end
