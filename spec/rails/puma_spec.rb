# frozen_string_literal: true

require 'net/http'
require 'puma_end'
require 'rails_app'
require 'server_process'

# A real Puma with `plugin :kaal`. Each scheduler tells of its ticks: of two at once the ticks would mix.
RSpec.describe 'Puma with the plugin' do # rubocop:disable RSpec/DescribeClass
  include PumaEnd

  let(:app) { RailsApp.new }
  let(:port) { ServerProcess.free_port }

  before do
    @since = Time.now.to_i
    app.write('config/scheduler.yml', "defaults:\n  jobs: []\n")
    app.write('config/initializers/kaal.rb', <<~RUBY)
      Kaal.configure do |config|
        config.backend = Kaal::Backend::SQLiteAdapter.new(path: 'storage/kaal.sqlite3')
        config.enable_log_dispatch_registry = true
        config.recovery_startup_jitter = 0
      end
      Kaal.subscribe('tick.kaal') { File.write('ticks', "\#{Process.pid}\n", mode: 'a') }
      Kaal.register(key: 'beat', cron: '* * * * * *', enqueue: lambda { |fire_time:, **|
        File.write('beats', "\#{fire_time.to_i}\n", mode: 'a')
      })
    RUBY
    app.write('config.ru', <<~RUBY)
      require_relative 'config/environment'
      run ->(_) { [200, {}, [Process.pid.to_s]] }
    RUBY
  end

  after { app.remove }

  # The file that Puma finds by itself; its first setting says where it listens.
  def puma(settings, *options, **environment)
    app.write('config/puma.rb', <<~RUBY)
      bind 'tcp://127.0.0.1:#{port}'
      plugin :kaal
      #{settings}
    RUBY
    app.start('puma', *options, RUBYLIB: RailsApp::LIBRARY, **environment)
  end

  # The process ids of schedulers, each once for each time that it followed another one.
  def schedulers
    app.read('ticks').lines.map(&:to_i).chunk_while { |one, other| one == other }.map(&:first)
  end

  def beats
    app.read('beats').lines.map(&:to_i)
  end

  def wait_for_beats(count = 2)
    now = Time.now.to_i
    app.wait_for("#{count} more beats", seconds: 20) { beats.count { |time| time > now } >= count }
    # It tells of a tick when that has ended: the first may take a while.
    app.wait_for('a tick', seconds: 20) { schedulers.any? }
  end

  # No run twice, and none left out.
  def expect_every_second
    run = beats.select { |time| time >= @since }
    expect(run.sort).to eq((run.min..run.max).to_a)
  end

  def wait_for_another(before)
    app.wait_for('another scheduler', seconds: 30) { schedulers.last != before }
  end

  def running?(pid)
    Process.kill(0, pid)
  rescue Errno::ESRCH
    false
  end

  def ask
    Net::HTTP.get(URI("http://127.0.0.1:#{port}/")).to_i
  end

  context 'when single' do
    it 'runs the scheduler in its process, and ends by a TERM as Puma does' do
      process = puma('')
      wait_for_beats
      expect([ask, schedulers]).to eq([process.pid, [process.pid]])
      expect_end_by_term(process)
      expect_every_second
      expect(process.output).not_to match(/ThreadError|does not start/)
    end

    it 'ends by an INT with exit code 0, as Puma does' do
      process = puma('')
      wait_for_beats
      process.signal(:INT)
      expect(process.wait.exitstatus).to eq(0)
    end

    it 'goes on after a restart, in the same process' do
      process = puma('')
      wait_for_beats
      process.signal(:USR2)
      app.wait_for('the restart', seconds: 20) { process.output.scan('starting in single mode').size == 2 }
      wait_for_beats(3)
      expect(schedulers).to eq([process.pid])
      expect_every_second
    end

    it 'serves though the scheduler does not start, and says why' do
      app.write('config/initializers/broken.rb', "def Kaal.start! = raise('no luck')")
      process = puma('')
      app.wait_for('a word of it', seconds: 20) { process.output.include?('does not start, trying again: RuntimeError: no luck') }
      expect(ask).to eq(process.pid)
    end
  end

  [true, false].each do |preload|
    context "when a cluster that #{'does not ' unless preload}preload the app" do
      let(:settings) { "workers 2\npreload_app! #{preload}\nworker_timeout 10\nworker_shutdown_timeout 5" }

      it 'runs the scheduler in one worker, and ends with Puma\'s own status' do
        process = puma(settings)
        wait_for_beats(3)
        expect(schedulers.size).to eq(1)
        expect(schedulers).not_to include(process.pid)
        expect_end_by_term(process)
        expect_every_second
      end

      it 'runs it in another worker when that one is killed' do
        puma(settings)
        wait_for_beats
        Process.kill(:KILL, killed = schedulers.last)
        wait_for_another(killed)
        wait_for_beats
        expect(schedulers.size).to eq(2)
      end
    end
  end

  it 'runs none when a TTOU has taken its worker away, until Puma begins another worker' do
    process = puma("workers 2\nworker_culling_strategy :oldest\nworker_shutdown_timeout 5")
    wait_for_beats
    culled = schedulers.last
    process.signal(:TTOU)
    app.wait_for('the end of the worker', seconds: 20) { !running?(culled) }
    process.signal(:TTIN)
    wait_for_another(culled)
    wait_for_beats
    expect(schedulers.size).to eq(2)
  end

  {
    'the command line' => [%w[-w 2], {}],
    'WEB_CONCURRENCY' => [[], { WEB_CONCURRENCY: '2' }]
  }.each do |place, (options, environment)|
    it "runs the scheduler in one worker where #{place} says how many there are" do
      process = puma('', *options, **environment)
      wait_for_beats
      expect(schedulers.size).to eq(1)
      expect(schedulers).not_to include(process.pid)
      expect(process.output).to include('cluster mode').and include("127.0.0.1:#{port}")
      expect(process.output).not_to include('Warning')
    end
  end

  it 'runs one scheduler through a phased restart, which loses and doubles nothing' do
    process = puma("workers 2\npreload_app! false\nworker_timeout 10\nworker_shutdown_timeout 5")
    wait_for_beats
    2.times do
      before = schedulers.last
      process.signal(:USR1)
      wait_for_another(before)
      wait_for_beats
    end
    expect(schedulers.size).to eq(3)
    expect_every_second
  end
end
