# frozen_string_literal: true

require 'kaal/allora'
require 'tmpdir'

RSpec.describe Allora::Scheduler do
  let(:log) { StringIO.new }
  let(:runs) { Queue.new }
  let(:scheduler) { described_class.new(logger: Logger.new(log), interval: 0.01, fork: false) }

  after do
    scheduler.stop
    scheduler.join
  end

  # A backend that gives what it is told to, once.
  def backend_of(polls)
    Class.new(Allora::Backend) do
      define_method(:reschedule) { |jobs| jobs.slice(*polls.shift&.call) }
    end
  end

  # Has it run these jobs at its first polls.
  def scheduler_that_runs(*polls, **options)
    described_class.new(backend: backend_of(polls), logger: Logger.new(log), interval: 0.01, **options)
  end

  describe '.start' do
    {
      'in memory' => -> { {} },
      'on Redis' => -> { { backend: :redis, host: '127.0.0.1', port: RedisServer.shared.tap(&:flush).port } }
    }.each do |place, backend|
      it "runs the schedule #{place}, until it is stopped" do
        scheduler = Allora.start(logger: nil, interval: 0.01, fork: false, **backend.call) do |s|
          s.add('every', every: 1) { runs << :every }
          s.add('cron', cron: '* * * * * *') { runs << :cron }
        end
        expect(scheduler.jobs.transform_values(&:class)).to eq('every' => Allora::Job::EveryJob, 'cron' => Allora::Job::CronJob)
        wait_for('both to run twice') { runs.size >= 4 }
        scheduler.stop
        scheduler.join
        expect(Array.new(runs.size) { runs.pop }.tally.values).to all(be_between(1, 3))
      end
    end

    it 'waits for the end where it is told to' do
      done = false
      Allora.start(join: true, logger: nil, interval: 0.01, fork: false) do |s|
        s.add('job', every: 1) do
          done = true
          s.stop
        end
      end
      expect(done).to be(true)
    end
  end

  it 'takes its backend by name, as a class, or as it is' do
    mine = backend_of([])
    instance = mine.new
    expect(described_class.new.backend).to be_a(Allora::Backend::Memory).and have_attributes(options: {})
    expect(described_class.new(backend: :redis, host: 'localhost', port: 1, prefix: 'app').backend)
      .to be_a(Allora::Backend::Redis).and have_attributes(prefix: 'app', options: nil)
    expect(described_class.new(backend: mine, x: 1).backend).to be_a(mine).and have_attributes(options: { x: 1 })
    expect(described_class.new(backend: instance).backend).to be(instance)
    expect { described_class.new(backend: :mongo) }.to raise_error(ArgumentError, /backend must be :memory, :redis/)
    expect { described_class.new(interval: 0) }.to raise_error(ArgumentError, 'interval must be a number of seconds above 0, is 0')
  end

  describe '#add' do
    {
      [{}] => /job x does not say when to run: give every: \(seconds\), cron:/, [nil] => /does not say when to run/,
      [{ every: 0 }] => 'every must be a number of seconds above 0, is 0', [{ every: -1 }] => /above 0, is -1/,
      [{ every: '5m' }] => /above 0, is "5m"/, [{ every: Float::NAN }] => /above 0/,
      [{ cron: '61 * * * *' }] => /cron line "61 \* \* \* \*": minute: 61 is out of range 0-59/
    }.each do |(options), message|
      it "refuses #{options.inspect}" do
        expect { scheduler.add('x', options) { nil } }.to raise_error(ArgumentError, message)
      end
    end

    it 'refuses a job without a block, unless it runs in a way of its own' do
      expect { scheduler.add('x', every: 5) }.to raise_error(ArgumentError, 'job x has no block: there is nothing to run')
      custom = Class.new(Allora::Job) { def next_at(from) = from + 1 }
      expect { scheduler.add('x', custom.new) }.to raise_error(ArgumentError, /has no block/)
      custom.define_method(:execute) { nil }
      expect(scheduler.add(:x, custom.new)).to be(scheduler.jobs.fetch('x'))
      expect { scheduler.add('', custom.new) }.to raise_error(ArgumentError, 'the name of a job cannot be empty')
    end
  end

  it 'runs jobs of a class of the app' do
    custom = Class.new(Allora::Job) { def next_at(from) = from + 1 }
    scheduler.add('mine', custom.new { runs << :mine })
    scheduler.start
    wait_for('it to run') { !runs.empty? }
  end

  it 'goes on where a job raises or does not say when it runs, and names it' do
    silent = Class.new(Allora::Job) { def next_at(_from) = nil }
    scheduler.add('silent', silent.new { nil })
    scheduler.add('bad', every: 1) { raise LoadError, 'no such thing' }
    scheduler.add('good', every: 1) { runs << :good }
    scheduler.start
    wait_for('two runs') { runs.size == 2 }
    expect(log.string).to include('[Allora] job bad failed: LoadError: no such thing')
    expect(log.string.scan('job silent is left out: TypeError: next_at must give a Time, gave nil').size).to eq(1)
  end

  it 'logs a failing backend once, goes on, and says so' do
    broken = -> { raise Kaal::Backend::StoreError, 'away' }
    scheduler = scheduler_that_runs(broken, broken, broken, -> { ['job'] }, fork: false)
    scheduler.add('job', every: 1) { runs << :job }
    scheduler.start
    wait_for('it to run') { !runs.empty? }
    scheduler.stop
    scheduler.join
    expect(log.string.scan(/\[Allora\] .*/))
      .to eq(['[Allora] cannot poll, trying again: Kaal::Backend::StoreError: away', '[Allora] polls again'])
  end

  it 'is stopped by signals, after which the app does what it did' do
    expect(in_child do
      heard = []
      Signal.trap(:TERM) { heard << :app }
      scheduler = Allora.start(logger: nil, interval: 0.01)
      Process.kill(:TERM, Process.pid)
      scheduler.join
      Process.kill(:TERM, Process.pid)
      wait_for('the second signal') { heard.size == 2 }
      heard
    end).to eq(%i[app app])
  end

  describe 'a job in a child' do
    let!(:folder) { Dir.mktmpdir('kaal-allora') } # before any child is forked

    after { FileUtils.rm_rf(folder) }

    # The lines that children have written.
    def lines(name = 'file')
      path = File.join(folder, name)
      File.file?(path) ? File.readlines(path, chomp: true) : []
    end

    # In a process without what RSpec does at its end.
    def in_scheduler(scheduler)
      in_child do
        yield
        scheduler.start
        wait_for('the lines', seconds: 15) { lines.size == 2 }
        scheduler.stop
        scheduler.join
        log.string
      end
    end

    def write(text)
      File.write(File.join(folder, 'file'), "#{text}\n", mode: 'a')
    end

    it 'is another process, whose end nobody waits for and which leaves nothing to the end of the parent' do
      scheduler = scheduler_that_runs(-> { ['job'] }, -> { ['job'] })
      parent = nil
      in_scheduler(scheduler) do
        parent = Process.pid
        at_exit { write('at exit') }
        scheduler.add('job', every: 1) { write(Process.pid) }
      end
      expect(lines.uniq.size).to eq(2)
      expect(lines).not_to include('at exit', parent.to_s)
    end

    it 'may raise, and may use what the parent has' do
      server = RedisServer.shared.tap(&:flush)
      backend = Kaal::Backend::RedisAdapter.new(server.url)
      backend.acquire('of the parent', 60)
      scheduler = scheduler_that_runs(-> { %w[bad good] }, logger: Logger.new(File.join(folder, 'log')))
      in_scheduler(scheduler) do
        scheduler.add('bad', every: 1) { write('bad') && raise('in vain') }
        scheduler.add('good', every: 1) { write([backend.acquire('of the parent', 60), backend.acquire('mine', 60)].inspect) }
      end
      expect(lines).to contain_exactly('bad', '[false, true]')
      wait_for('the log') { lines('log').any? { |line| line.include?('[Allora] job bad failed: RuntimeError: in vain') } }
    end
  end
end
