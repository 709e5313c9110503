# frozen_string_literal: true

require 'postgres_server'
require 'redis'

RSpec.describe Kaal::Coordinator do
  let(:runs) { Queue.new }
  let(:log) { StringIO.new }
  let(:minute) { Time.utc(2026, 3, 1, 12, 0, 0) }

  before do
    Kaal.logger = Logger.new(log)
    Kaal.backend = Kaal::Backend::MemoryAdapter.new
    Kaal.configuration.recovery_startup_jitter = 0
  end

  def register(key, cron = '* * * * *', &callback)
    callback ||= ->(fire_time:, idempotency_key:) { runs << [key, fire_time, idempotency_key] }
    Kaal.register(key: key, cron: cron, enqueue: callback)
  end

  def at(time)
    allow(Time).to receive(:now).and_return(time)
    yield
  end

  def tick_at(time)
    at(time) { Kaal.tick! }
    Array.new(runs.size) { runs.pop }
  end

  def fire_times(time)
    tick_at(time).map { |_key, fire_time| fire_time }
  end

  describe '#tick!' do
    it 'dispatches the occurrences of the look-back, once, with a plain UTC Time' do
      register('job')
      expect(tick_at(minute + 5)).to eq(
        [['job', minute - 60, 'kaal-job-1772366340'], ['job', minute, 'kaal-job-1772366400']]
      )
      expect(tick_at(minute + 59)).to eq([])
      _key, fire_time, = tick_at(minute + 60).first
      expect(fire_time).to eq(minute + 60).and be_utc.and be_instance_of(Time)
    end

    it 'goes by the stored expression and the stored switch' do
      register('job', '@yearly')
      Kaal.definition_registry.upsert_definition(key: 'job', cron: '* * * * *')
      expect(fire_times(minute)).to eq([minute - 60, minute])
      Kaal.disable(key: 'job')
      expect(fire_times(minute + 60)).to eq([])
      Kaal.enable(key: 'job')
      expect(fire_times(minute + 120)).to eq([minute + 120])
    end

    it 'skips definitions without a callback, and says so once' do
      Kaal.definition_registry.upsert_definition(key: 'elsewhere', cron: '* * * * *')
      2.times { |n| tick_at(minute + (n * 60)) }
      expect(log.string.scan('job elsewhere is skipped').size).to eq(1)
    end

    it 'leaves out a stored expression that is none, and runs the others' do
      register('bad')
      register('good')
      Kaal.definition_registry.upsert_definition(key: 'bad', cron: '*/0 * * * *')
      expect(tick_at(minute).map(&:first).uniq).to eq(['good'])
      expect(log.string).to include('job bad is left out: minute: step "0"')
    end

    it 'goes on after a callback that raises, and records the failure' do
      Kaal.configuration.enable_log_dispatch_registry = true
      { standard: RuntimeError, missing: NotImplementedError, slow: Timeout::Error }.each do |key, error|
        register(key.to_s, '0 * * * *') { |**| raise error, 'on purpose' }
      end
      register('well', '0 * * * *')
      expect(tick_at(minute).map(&:first)).to eq(['well'])
      statuses = %w[standard missing slow well].map { |key| Kaal.dispatch_log_registry.find_dispatch(key, minute)[:status] }
      expect(statuses).to eq(%w[failed failed failed dispatched])
      expect(log.string).to include('job standard at 2026-03-01T12:00:00Z failed: RuntimeError: on purpose')
    end

    it 'runs in the zone that is configured' do
      Kaal.time_zone = 'Asia/Kathmandu'
      register('job', '45 17 * * *')
      expect(fire_times(minute)).to eq([minute])
    end

    it 'runs in the zone of the expression' do
      register('job', '45 17 * * * Asia/Kathmandu')
      expect(fire_times(minute)).to eq([minute])
    end

    it 'dispatches everything that is due where there is no backend' do
      Kaal.backend = nil
      register('job')
      expect(fire_times(minute)).to eq([minute - 60, minute])
      expect(fire_times(minute)).to eq([])
    end

    it 'may be called from a callback, as may everything else' do
      register('job', '0 * * * *') { |fire_time:, **| runs << [Kaal.running?, Kaal.registered.size, Kaal.tick!, fire_time] }
      expect(tick_at(minute)).to eq([[false, 1, nil, minute]])
    end
  end

  it 'dispatches nothing where the backend is none, and says so without its text' do
    Kaal.backend = 'redis://:secret@localhost'
    register('job')
    expect(fire_times(minute)).to eq([])
    expect(log.string).to match(/claim failed, trying again: a String has no acquire$/)
    expect(log.string).not_to include('secret')
  end

  describe 'with a backend of the app' do
    let(:adapter) do
      Class.new(Kaal::Backend::Adapter) do
        attr_reader :keys
        attr_accessor :answer

        def acquire(key, ttl)
          (@keys ||= []) << [key, ttl]
          answer.respond_to?(:call) ? answer.call : answer
        end
      end.new
    end

    before do
      Kaal.backend = adapter
      register('job', '0 * * * *')
    end

    it 'asks it for each run, once' do
      adapter.answer = true
      expect([fire_times(minute), fire_times(minute + 5)]).to eq([[minute], []])
      expect(adapter.keys).to eq([['kaal:dispatch:job:1772366400', 125]])
    end

    it 'does not ask again for what another node has' do
      adapter.answer = false
      2.times { tick_at(minute) }
      expect(adapter.keys.size).to eq(1)
    end

    it 'asks again when it failed, while a lease would protect the run' do
      adapter.answer = -> { raise IOError, 'gone' }
      expect([fire_times(minute), fire_times(minute + 100)]).to eq([[], []])
      expect(log.string).to include('claim of job at 2026-03-01T12:00:00Z failed, trying again: gone')
      adapter.answer = true
      expect(fire_times(minute + 119)).to eq([minute])
      register('late', '0 * * * *')
      adapter.answer = -> { raise NotImplementedError, 'nothing here' }
      tick_at(minute + 119)
      adapter.answer = true
      expect(fire_times(minute + 121)).to eq([])
    end

    it 'needs only `acquire` of it' do
      Kaal.backend = Object.new.tap { |object| object.define_singleton_method(:acquire) { |*| true } }
      expect(fire_times(minute)).to eq([minute])
    end
  end

  describe 'with locks that end with their process' do
    before do
      PostgresServer.shared.reset
      Kaal.backend = Kaal::Backend::PostgresAdapter.new(PostgresServer.shared.url)
      Kaal.backend.create_tables
      at(minute + 0.1) { Kaal.reset_coordinator! }
      register("job #{rand(1 << 40)}") # the adapter of an example before may still have its locks
    end

    it 'leaves alone what was due before it was made: who did it may be gone' do
      expect(fire_times(minute + 60)).to eq([minute + 60])
      Kaal.coordinator.start!
      Kaal.coordinator.stop!
      expect(log.string.scan('session locks end with the process').size).to eq(1)
    end

    it 'looks back where the log tells what was done' do
      Kaal.configuration.enable_log_dispatch_registry = true
      expect(fire_times(minute + 60)).to eq([minute, minute + 60])
      Kaal.coordinator.start!
      Kaal.coordinator.stop!
      expect(log.string).not_to include('session locks')
    end
  end

  describe 'a callback that takes longer than a lease' do
    before { Kaal.lease_ttl = 1 }

    # Quick ones first: then four runs are claimed at once, of which the first is slow.
    def register_batch
      %w[a b c].each { |key| register(key, '0 * * * *') }
      register('d', '0 * * * *') { |**| sleep 1.1 }
      %w[e f g].each { |key| register(key, '0 * * * *') }
    end

    it 'costs no other run: what it has kept waiting is claimed anew' do
      register_batch
      expect(tick_at(minute).map(&:first)).to eq(%w[a b c e f g])
      expect(log.string.scan('ended before it could be called').size).to eq(3)
    end

    it 'does not matter where there is a log' do
      Kaal.configuration.enable_log_dispatch_registry = true
      register_batch
      expect(tick_at(minute).map(&:first)).to eq(%w[a b c e f g])
      expect(log.string).not_to include('ended before')
    end

    it 'makes no other node run twice what comes after it' do
      Kaal.configure { |config| config.tick_interval = config.window_lookback = 1 }
      Kaal.lease_ttl = 2
      nodes = %w[slow quick].map do |node|
        registry = Kaal::Registry.new
        6.times do |n|
          callback = ->(**) { (runs << n) && (sleep 2.5 if node == 'slow' && n.zero?) }
          registry.add(key: "job #{n}", cron: '* * * * * *', enqueue: callback)
        end
        described_class.new(configuration: Kaal.configuration, registry: registry)
      end
      6.times { |n| Kaal.definition_registry.upsert_definition(key: "job #{n}", cron: '0 0 * * *') }
      midnight = Time.utc(2026, 3, 1)
      started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      allow(Time).to receive(:now) { midnight + (Process.clock_gettime(Process::CLOCK_MONOTONIC) - started) }
      slow = Thread.new { nodes.first.tick! }
      wait_for('the slow one') { runs.size.positive? }
      nodes.last.tick!
      slow.join
      expect(Array.new(runs.size) { runs.pop }.sort).to eq((0..5).to_a)
    end
  end

  describe 'an interrupt' do
    it 'loses no run and repeats none' do
      5.times { |n| register("quick #{n}", '0 * * * *') }
      register('slow', '0 * * * *') { |**| (runs << ['slow']) && sleep(1) }
      5.times { |n| register("then #{n}", '0 * * * *') }
      expect { Timeout.timeout(0.3) { tick_at(minute) } }.to raise_error(Timeout::Error)
      tick_at(minute + 1).then { |after| expect(after.map(&:first).uniq.size).to eq(after.size).and eq(11) }
    end
  end

  it 'asks a store that fails once a tick, however much is due' do
    20.times { |n| register("job #{n}", '0 * * * *') }
    asked = 0
    allow(Kaal.backend).to receive(:claim_many) { (asked += 1) && raise(Kaal::Backend::LockAdapterError, 'gone') }
    2.times { |n| expect(tick_at(minute + n)).to eq([]) }
    expect(asked).to eq(2)
    allow(Kaal.backend).to receive(:claim_many).and_call_original
    expect(tick_at(minute + 3).size).to eq(20)
  end

  it 'asks a subclass of an adapter that has an acquire of its own' do
    Kaal.backend = Class.new(Kaal::Backend::MemoryAdapter) { def acquire(*) = false }.new
    register('job')
    expect(tick_at(minute)).to eq([])
  end

  it 'outlives a callback that recurses without end' do
    register('deep', '0 * * * *') { |**| (deep = -> { deep.call }).call }
    register('job', '0 * * * *')
    expect(tick_at(minute).map(&:first)).to eq(%w[job])
    expect(log.string).to include('failed: SystemStackError')
  end

  describe 'definitions' do
    let(:server) { RedisServer.new }

    before do
      Kaal.backend = Kaal::Backend::NullAdapter.new
      registry = Kaal::Definition::RedisEngine.new(server.url)
      Kaal.backend.define_singleton_method(:definition_registry) { registry }
      register('job')
      register('off')
      Kaal.disable(key: 'off')
    end

    after { server.stop(:KILL) }

    it 'stay in force while the store fails' do
      expect(tick_at(minute).size).to eq(2)
      server.stop
      expect(fire_times(minute + 60)).to eq([minute + 60])
      expect(log.string).to include('cannot read the definitions, the last ones stay in force')
      server.start
    end

    it 'are written back when the store has lost them, with their switch' do
      tick_at(minute)
      server.flush
      expect(tick_at(minute + 60).map(&:first)).to eq(['job'])
      expect(Kaal.definition_registry.all_definitions.map { |one| one.slice(:key, :enabled) })
        .to eq([{ key: 'job', enabled: true }, { key: 'off', enabled: false }])
    end

    it 'are not written back when they were removed here' do
      tick_at(minute)
      %w[job off].each { |key| Kaal.unregister(key: key) }
      expect(tick_at(minute + 60)).to eq([])
      expect(Kaal.definition_registry.all_definitions).to eq([])
    end

    it 'are read when another node of ours has changed them, and not otherwise' do
      reads = -> { server.inspector.info('commandstats').fetch('hvals', {}).fetch('calls', 0).to_i }
      tick_at(minute)
      before = reads.call
      expect([fire_times(minute + 60), reads.call - before]).to eq([[minute + 60], 0])
      Kaal::Definition::RedisEngine.new(server.url).disable_definition('job')
      expect([fire_times(minute + 120), reads.call - before]).to eq([[], 1])
      Kaal::Definition::RedisEngine.new(Redis.new(url: server.url)).enable_definition('off')
      expect([tick_at(minute + 180).map(&:first).uniq, reads.call - before]).to eq([['off'], 2])
    end

    it 'are read once a minute besides, for what nodes of pure-Ruby Kaal have written' do
      tick_at(minute)
      definition = JSON.parse(server.inspector.hget('kaal:definitions', 'job')).merge('enabled' => false)
      server.inspector.hset('kaal:definitions', 'job', JSON.generate(definition))
      expect(fire_times(minute + 60)).to eq([minute + 60])
      later = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 60
      allow(Process).to receive(:clock_gettime).and_return(later)
      # What is due goes first: to read many takes long.
      expect([fire_times(minute + 120), fire_times(minute + 180)]).to eq([[minute + 120], []])
    end

    it 'are the local ones for a process that never read any' do
      server.stop
      expect(tick_at(minute).map(&:first).uniq).to eq(%w[job off])
      server.start
    end
  end

  describe 'recovery' do
    let(:registry) { Kaal.definition_registry }

    before do
      Kaal.configuration.enable_log_dispatch_registry = true
      Kaal.configuration.recovery_window = 3600
      at(minute - 1800) { register('job', '*/10 * * * *') }
      at(minute + 30) { Kaal.dispatch_log_registry.log_dispatch('job', minute - 600, 'other') }
    end

    # The scheduler sees a clock that stands still.
    def recovered_at(time)
      at(time) do
        Kaal.start!
        wait_for('recovery') { log.string.include?('recovered') || (@quiet && runs.size.positive?) }
        Kaal.stop!
      end
      Array.new(runs.size) { runs.pop }.map { |_key, fire_time| fire_time }.sort
    end

    it 'dispatches what was missed since the job exists and the log does not show' do
      expect(recovered_at(minute + 30)).to eq([minute - 1200, minute])
      expect(log.string).to include('recovered 1 missed runs')
    end

    it 'goes no further back than the last change of the expression' do
      at(minute - 700) { registry.upsert_definition(key: 'job', cron: '*/5 * * * *') }
      expect(recovered_at(minute + 30)).to eq([minute - 300, minute])
    end

    it 'goes no further back than the last time that the job was enabled' do
      at(minute - 1300) { Kaal.disable(key: 'job') }
      at(minute - 700) { Kaal.enable(key: 'job') }
      @quiet = true
      expect(recovered_at(minute + 30)).to eq([minute])
    end

    it 'goes no further back than its window' do
      Kaal.configuration.recovery_window = 700
      @quiet = true
      expect(recovered_at(minute + 30)).to eq([minute])
    end

    it 'does nothing without the log' do
      Kaal.configuration.enable_log_dispatch_registry = false
      @quiet = true
      expect(recovered_at(minute + 30)).to eq([minute])
    end
  end

  describe 'a claim that failed' do
    it 'is tried again within the recovery window where the log protects it' do
      Kaal.configuration.enable_log_dispatch_registry = true
      register('job', '0 * * * *')
      backend = Kaal.backend
      allow(backend).to receive(:claim_many).and_raise(Kaal::Backend::LockAdapterError, 'gone')
      expect(tick_at(minute)).to eq([])
      expect(log.string).to include('claim failed, trying again: gone')
      allow(backend).to receive(:claim_many).and_call_original
      expect(fire_times(minute + 1000)).to eq([minute])
    end
  end

  describe 'the scheduler thread' do
    it 'runs what is due at its time, and stops at once' do
      register('job', '* * * * * *')
      thread = Kaal.start!
      expect([thread, Kaal.start!, Kaal.running?]).to match([be_a(Thread), nil, true])
      started = Time.now
      fire_time = runs.pop[1] until fire_time && fire_time > started
      expect(Time.now - fire_time).to be < 0.5
      expect(seconds_of { expect(Kaal.stop!).to be(true) }).to be < 0.5
      expect([Kaal.running?, Kaal.stop!]).to eq([false, true])
      expect(Kaal.restart!).to be_a(Thread)
    end

    it 'wakes for a job that is registered while it sleeps' do
      Kaal.tick_interval = 60
      Kaal.lease_ttl = 200
      thread = Kaal.start!
      wait_for('the scheduler to sleep') { thread.status == 'sleep' }
      register('job', '* * * * * *')
      expect(Timeout.timeout(3) { runs.pop }).to match(['job', be_a(Time), String])
    end

    it 'returns from start! at once and answers within callbacks' do
      register('job', '* * * * * *') { |**| runs << [Kaal.running?, Kaal.start!, Kaal.stop!] }
      expect(seconds_of { Kaal.start! }).to be < 0.2
      expect(Timeout.timeout(3) { runs.pop }).to eq([true, nil, false])
      wait_for('the scheduler to end') { !Kaal.running? }
    end

    it 'is not stopped by a failing store' do
      Kaal.backend = Kaal::Backend::RedisAdapter.new("redis://127.0.0.1:#{RedisServer.free_port}")
      Kaal.registry.add(key: 'job', cron: '* * * * * *', enqueue: ->(**) {})
      Kaal.start!
      wait_for('a failure') { log.string.include?('cannot read the definitions') }
      expect(Kaal.running?).to be(true)
    end

    it 'does not run in a forked child, and can be started there' do
      register('job', '* * * * * *')
      Kaal.start!
      expect(in_child do
        before = Kaal.running?
        stopped = Kaal.stop!
        Kaal.start!
        [before, stopped, Kaal.running?, Timeout.timeout(3) { runs.pop }.first, Kaal.stop!]
      end).to eq([false, true, true, 'job', true])
      expect(Kaal.running?).to be(true)
    end

    it 'stops between two batches, and runs again when it is told to meanwhile' do
      release = Queue.new
      register('slow', '* * * * * *') { |**| (runs << :slow) && release.pop }
      first = Kaal.start!
      runs.pop
      expect([Kaal.stop!(timeout: 0.01), Kaal.running?]).to eq([false, true])
      second = Kaal.start!
      expect([second, Kaal.start!]).to eq([second, nil])
      release << 1
      first.join(5)
      release.close
      expect([runs.pop, Kaal.running?]).to eq([:slow, true])
    end

    it 'is stopped from a trap' do
      Kaal.start!
      stopped = nil
      previous = trap(:USR2) { stopped = Kaal.stop!(timeout: 5) }
      Process.kill(:USR2, Process.pid)
      wait_for('the trap') { !stopped.nil? }
      expect([stopped, Kaal.running?]).to eq([true, false])
    ensure
      trap(:USR2, previous || 'DEFAULT')
    end

    it 'warns of a configuration that cannot keep its promise' do
      Kaal.lease_ttl = 10
      Kaal.start!
      expect(log.string).to include('configuration: lease_ttl must be at least')
    end

    it 'warns where no backend is configured, so that nothing is coordinated' do
      Kaal.backend = nil
      Kaal.start!
      expect(log.string).to include('no backend is configured: each process dispatches every run')
    end
  end

  it 'forgets on reset!' do
    Kaal.backend = nil
    register('job', '0 * * * *')
    tick_at(minute)
    Kaal.coordinator.reset!
    expect(fire_times(minute)).to eq([minute])
    expect(Kaal.reset_coordinator!).to be_a(described_class)
  end

  it 'does not make a new one while the old one does not stop' do
    allow(Kaal.coordinator).to receive(:stop!).and_return(false)
    expect { Kaal.reset_coordinator! }.to raise_error(RuntimeError)
    allow(Kaal.coordinator).to receive(:stop!).and_call_original
  end
end
