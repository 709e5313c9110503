# frozen_string_literal: true

require 'mariadb_server'
require 'postgres_server'
require 'redis_server'

RSpec.describe Kaal::Coordinator do
  let(:runs) { Queue.new }
  let(:log) { StringIO.new }
  let(:minute) { Time.utc(2026, 3, 1, 12, 0, 0) }

  before do
    Kaal.logger = Logger.new(log)
    Kaal.backend = Kaal::Backend::MemoryAdapter.new
    Kaal.configuration.recovery_startup_jitter = 0
  end

  def register(key, cron = '* * * * *', **options, &callback)
    callback ||= ->(fire_time:, **) { runs << [key, fire_time] }
    Kaal.register(key: key, cron: cron, enqueue: callback, **options)
  end

  def tick_at(time)
    allow(Time).to receive(:now).and_return(time)
    Kaal.tick!
    Array.new(runs.size) { runs.pop }
  end

  describe 'missed runs' do
    before do
      Kaal.configuration.enable_log_dispatch_registry = true
      register('all', missed: :all)
      register('latest', missed: :latest)
      register('skip', missed: :skip)
      register('within', missed_within: 100)
      tick_at(minute)
    end

    it 'run as their job says' do
      missed = tick_at(minute + 270).group_by(&:first).transform_values { |found| found.map { |_key, time| time - minute } }
      expect(missed).to eq('all' => [60, 120, 180, 240], 'latest' => [240], 'within' => [180, 240])
      expect(tick_at(minute + 301).map(&:first)).to contain_exactly('all', 'latest', 'skip', 'within')
    end
  end

  it 'recovers nothing while it cannot know since when jobs are there' do
    Kaal.configuration.enable_log_dispatch_registry = true
    Kaal.configuration.tick_interval = 1
    register('job', '*/30 * * * *')
    reads = 0
    stored = Kaal.definition_registry
    allow(stored).to receive(:all_definitions).and_wrap_original do |read|
      (reads += 1) > 8 ? read.call : raise(Kaal::Backend::StoreError, 'away')
    end
    Kaal.start!
    wait_for('the recovery', seconds: 20) { Kaal.recovery_progress&.fetch(:done) }
    Kaal.stop!
    expect(Array.new(runs.size) { runs.pop.last }).to all(be > Time.now - 200)
  end

  it 'reads expressions in the zone of their job, unless they name one' do
    register('berlin', '0 13 * * *', zone: 'Europe/Berlin')
    register('utc', '0 13 * * * UTC', zone: 'Europe/Berlin')
    expect([tick_at(minute + 1).map(&:first), tick_at(minute + 3_601).map(&:first)]).to eq([['berlin'], ['utc']])
  end

  describe 'a callback that raises' do
    let(:called) { Queue.new }

    before { Kaal.configuration.enable_log_dispatch_registry = true }

    it 'is called again where its job says so, with the same key, after a pause' do
      register('job', '0 12 * * *', on_error: :retry) do |idempotency_key:, **|
        called << idempotency_key
        raise Timeout::Error, 'not yet' if called.size < 3
      end
      allow(Time).to receive(:now).and_return(minute)
      Kaal.tick!
      wait_for('the retries') { [Kaal.tick!, called.size == 3].last }
      expect(Array.new(3) { called.pop }.uniq).to eq(['kaal-job-1772366400'])
      expect(log.string.scan('job job at 2026-03-01T12:00:00Z failed, trying again: Timeout::Error: not yet').size).to eq(2)
      expect(Kaal.dispatch_log_registry.find_dispatch('job', minute)).to include(status: 'dispatched')
    end

    it 'counts as a failure that what wraps the callback does not call it' do
      Kaal.configuration.callback_wrapper = ->(&) {}
      register('job', '0 12 * * *') { |**| raise 'called' }
      Timeout.timeout(5) { tick_at(minute) }
      expect(log.string).to match(/job job at 2026-03-01T12:00:00Z failed: .*callback_wrapper has not called/)
    end

    it 'is called no more when the window is over' do
      Kaal.configuration.window_lookback = 1
      register('job', '0 12 * * *', on_error: :retry) { |**| raise NotImplementedError, 'never' }
      tick_at(minute)
      expect(Kaal.dispatch_log_registry.find_dispatch('job', minute)).to include(status: 'dispatched')
      wait_for('the last try') { tick_at(minute) && log.string.include?('failed: NotImplementedError') }
      expect(Kaal.dispatch_log_registry.find_dispatch('job', minute)).to include(status: 'failed')
    end

    it 'is recorded as failed when the scheduler stops before it is called again' do
      register('job', '* * * * * *', on_error: :retry) { |**| called << raise('never') }
      Kaal.start!
      wait_for('a failure') { log.string.include?('trying again') }
      Kaal.stop!
      run = Time.iso8601(log.string[/at (\S+) failed, trying/, 1])
      expect(Kaal.dispatch_log_registry.find_dispatch('job', run)).to include(status: 'failed')
    end
  end

  describe 'dispatch_threads' do
    before { Kaal.configuration.dispatch_threads = 2 }

    it 'lets as many callbacks run at once, and a tick wait for them' do
      arrived = Queue.new
      go = Queue.new
      3.times { |number| register("job #{number}", '0 12 * * *') { |**| (arrived << number) && go.pop && (runs << number) } }
      ticking = Thread.new { tick_at(minute) }
      wait_for('two callbacks') { arrived.size == 2 }
      2.times { go << true }
      wait_for('the third') { arrived.size == 3 }
      expect(ticking.status).to eq('sleep')
      go << true
      expect(ticking.value).to contain_exactly(0, 1, 2)
    end

    it 'stops with all of them done, also when one asks for it' do
      register('job', '* * * * * *') { |**| runs << [Thread.current.name, Kaal.stop!, Kaal.running?] }
      thread = Kaal.start!
      expect(thread.join(10)).to be(thread)
      expect(Array.new(runs.size) { runs.pop }).to all(match([/\Akaal-[01]\z/, false, true]))
    end

    it 'survives a callback that exits' do
      register('exits', '0 12 * * *') { |**| exit }
      3.times { |number| register("job #{number}", '1 12 * * *') }
      tick_at(minute)
      expect(log.string).to include('a callback ended with SystemExit')
      expect(tick_at(minute + 60).size).to eq(3)
    end

    it 'serves a forked child' do
      register('job', '* * * * *')
      tick_at(minute)
      expect(in_child { tick_at(minute + 60) }).to eq([['job', minute + 60]])
    end
  end

  describe '#backfill' do
    let(:backfill) { -> { Kaal.backfill(key: 'job', from: minute - 300, to: minute - 60) } }

    before do
      register('job')
      Kaal.configuration.enable_log_dispatch_registry = true
      allow(Time).to receive(:now).and_return(minute)
    end

    it 'runs what the log does not show, once' do
      Kaal.dispatch_log_registry.log_dispatch('job', minute - 120, 'other')
      expect([backfill.call, backfill.call]).to eq([4, 0])
      expect(Array.new(runs.size) { runs.pop.last - minute }).to eq([-300, -240, -180, -60])
    end

    it 'says what cannot be' do
      expect { Kaal.backfill(key: 'none', from: minute, to: minute) }.to raise_error(ArgumentError, /job none is not enabled/)
      expect { Kaal.backfill(key: 'job', from: minute, to: minute - 1) }.to raise_error(ArgumentError, /is after/)
      expect { Kaal.backfill(key: 'job', from: minute, to: minute + 60) }.to raise_error(ArgumentError, /in the future/)
      Kaal.configuration.enable_log_dispatch_registry = false
      expect(&backfill).to raise_error(Kaal::ConfigurationError, /needs enable_log_dispatch_registry/)
    end

    it 'says so when some of the runs could not be claimed' do
      answers = [true, nil, true, true, true]
      Kaal.backend.define_singleton_method(:claim_many) { |runs, _configuration, **| runs.map { answers.shift } }
      expect(&backfill).to raise_error(Kaal::Backend::LockAdapterError, /1 runs of job from 2026-03-01T11:56:00Z on could not/)
    end

    it 'fails with the store, and goes on afterwards' do
      server = RedisServer.new
      Kaal.backend = Kaal::Backend::RedisAdapter.new(server.url)
      Kaal.definition_registry.upsert_definition(key: 'job', cron: '* * * * *')
      expect(Kaal.backfill(key: 'job', from: minute - 300, to: minute - 240)).to eq(2)
      server.stop
      expect(&backfill).to raise_error(Kaal::Backend::LockAdapterError, /call it again/)
      server.start
      expect(backfill.call).to be_between(3, 5) # Redis forgets what it had when it is stopped
    ensure
      server.stop(:KILL)
    end
  end

  describe 'the clock of the store' do
    def behind_by(seconds)
      Kaal.backend.define_singleton_method(:store_time) { Process.clock_gettime(Process::CLOCK_REALTIME) + seconds }
    end

    it 'is Redis\'s, PostgreSQL\'s and MariaDB\'s' do
      [Kaal::Backend::RedisAdapter.new(RedisServer.shared.url), Kaal::Backend::PostgresAdapter.new(PostgresServer.shared.url),
       Kaal::Backend::MySQLAdapter.new(MariadbServer.shared.url)].each do |backend|
        Kaal.backend = backend
        expect(Kaal.reset_coordinator!.clock_skew).to be_between(-0.5, 0.5)
      end
    end

    it 'decides what is due, so that nodes whose clocks differ agree' do
      behind_by(30)
      register('job')
      expect(tick_at(minute - 20)).to eq([['job', minute - 60], ['job', minute]])
      expect(Kaal.clock_skew).to be_within(0.1).of(30)
      expect(log.string).to include('clock is 30.0 s behind the store\'s')
    end

    it 'is passed over where the difference is small, or there is none' do
      behind_by(0.4)
      register('job')
      expect(tick_at(minute - 0.3).last).to eq(['job', minute - 60])
      Kaal.backend = Kaal::Backend::MemoryAdapter.new
      expect(Kaal.reset_coordinator!.clock_skew).to be_nil
      expect(log.string).to eq('')
    end
  end
end
