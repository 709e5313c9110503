# frozen_string_literal: true

RSpec.describe Kaal::Coordinator, '#tick! with guarantee: :at_least_once' do
  let(:calls) { Queue.new }
  let(:log) { StringIO.new }
  let(:noon) { Time.utc(2026, 3, 1, 12, 0, 0) }
  let(:backend) { Kaal::Backend::MemoryAdapter.new }
  let(:run) { ['job', noon.to_i] }

  before do
    Kaal.configure do |config|
      config.logger = Logger.new(log)
      config.backend = backend
      config.enable_log_dispatch_registry = true
      config.recovery_startup_jitter = 0
    end
  end

  def register(key = 'job', cron: '0 12 * * *', **options, &callback)
    callback ||= ->(idempotency_key:, **) { calls << idempotency_key }
    Kaal.register(key: key, cron: cron, enqueue: callback, guarantee: :at_least_once, **options)
  end

  def at(time)
    allow(Time).to receive(:now).and_return(time)
  end

  # By the store's clock, which is that of Ruby here.
  def after_the_lease
    at(noon + Kaal.lease_ttl + 1)
  end

  def open?
    at(noon + 86_400)
    backend.open_claims.ended_claims('kaal', 0, 10).any?
  end

  # Claims and never calls, as a process does that dies.
  def claim_and_die(*runs)
    backend.claim_many(runs, Kaal.configuration, open: true)
  end

  def called
    Array.new(calls.size) { calls.pop }
  end

  describe 'registering' do
    def refused(message)
      expect { register }.to raise_error(Kaal::ConfigurationError, message)
      expect(Kaal.registered).to eq([])
    end

    it 'needs a backend' do
      Kaal.backend = nil
      refused('job job: guarantee: :at_least_once needs a backend, and none is configured')
    end

    it 'needs the log' do
      Kaal.configuration.enable_log_dispatch_registry = false
      refused(/needs config.enable_log_dispatch_registry = true/)
    end

    it 'needs a backend that keeps open claims' do
      Kaal.backend = Kaal::Backend::NullAdapter.new
      refused(/which a Kaal::Backend::NullAdapter does not: use a built-in one/)
      Kaal.backend = Class.new(Kaal::Backend::MemoryAdapter) { def acquire(key, ttl) = super && true }.new
      refused(/needs a backend that keeps open claims/)
    end

    it 'takes no other word' do
      expect { Kaal.register(key: 'job', cron: '@daily', enqueue: ->(**) {}, guarantee: :exactly_once) }
        .to raise_error(ArgumentError, 'guarantee must be :at_most_once, :at_least_once, is :exactly_once')
    end
  end

  it 'leaves such a job out where its promise cannot be kept, and runs the others' do
    register
    Kaal.register(key: 'other', cron: '0 12 * * *', enqueue: ->(**) { calls << 'other' })
    Kaal.configuration.enable_log_dispatch_registry = false
    at(noon)
    2.times { Kaal.tick! }
    expect([called, log.string.scan(/job job is left out: guarantee: :at_least_once needs config/).size]).to eq([['other'], 1])
  end

  it 'closes a claim when the callback has returned' do
    register
    at(noon)
    Kaal.tick!
    expect([called, open?]).to eq([['kaal-job-1772366400'], false])
  end

  it 'claims them beside others in the same tick' do
    3.times { |number| register("open #{number}") }
    3.times { |number| Kaal.register(key: "plain #{number}", cron: '0 12 * * *', enqueue: ->(**) { calls << number.to_s }) }
    at(noon)
    Kaal.tick!
    expect(called).to match_array(%w[0 1 2] + Array.new(3) { |number| "kaal-open #{number}-1772366400" })
  end

  it 'takes over what another has claimed and not done, with the same key, also long after the window' do
    register
    at(noon)
    claim_and_die(run)
    Kaal.tick!
    expect(called).to eq([])
    at(noon + 80_000)
    events = []
    subscriber = Kaal.subscribe('dispatch.kaal') { |*, payload| events << payload }
    2.times { Kaal.tick! }
    expect([called, open?]).to eq([['kaal-job-1772366400'], false])
    expect(events).to match([include(key: 'job', fire_time: noon, taken_over: true, lateness: 80_000.0)])
  ensure
    Kaal.unsubscribe(subscriber) if subscriber
  end

  it 'takes over many more than one batch in one tick!' do
    register('often', cron: '* * * * *')
    at(noon - 86_400)
    claim_and_die(*Array.new(700) { |number| ['often', noon.to_i - 86_400 - (number * 60)] })
    at(noon - 3_600)
    Kaal.unregister(key: 'often')
    register('often', cron: '0 0 1 1 *')
    Kaal.tick!
    expect([called.uniq.size, open?]).to eq([700, false])
  end

  it 'leaves alone what it has no callback for, and what is disabled' do
    register
    Kaal.definition_registry.upsert_definition(key: 'elsewhere', cron: '@daily')
    at(noon - 600)
    runs = Array.new(600) { |number| ['elsewhere', number * 60] } # more than are looked at at once
    claim_and_die(*runs, run)
    at(noon + 600)
    Kaal.tick!
    expect(called).to eq(['kaal-job-1772366400'])

    at(noon + 700)
    claim_and_die(['job', 60])
    Kaal.disable(key: 'job')
    after_the_lease
    at(noon + 1_000)
    Kaal.tick!
    expect(called).to eq([])
    Kaal.enable(key: 'job')
    Kaal.tick!
    expect(called).to eq(['kaal-job-60'])
  end

  it 'gives up what belongs to a job that is gone' do
    register
    at(noon - 600)
    claim_and_die(['gone', 60])
    at(noon - 300)
    Kaal.tick!
    expect([open?, log.string]).to match([false, /1 runs that were claimed and not done are given up.*: gone$/])
  end

  it 'ends when the last such job is disabled while claims of it wait' do
    register { |idempotency_key:, **| Kaal.disable(key: 'job') && calls.push(idempotency_key) }
    at(noon - 600)
    claim_and_die(['job', 60], ['job', 120], ['job', 180])
    at(noon - 60)
    Timeout.timeout(5) { Kaal.tick! }
    expect(called.size).to be_between(1, 3)
  end

  it 'gives up nothing of a job that somebody has defined since' do
    register { |**| Kaal.definition_registry.upsert_definition(key: 'new', cron: '@daily') && claim_and_die(['new', 60]) && at(noon + 600) }
    at(noon)
    Kaal.tick!
    expect(backend.open_claims.ended_claims('kaal', 0, 10)).to eq([['new', 60]])
  end

  it 'does not take over what it has itself, however long it could not renew' do
    Kaal.configuration.lease_ttl = 1
    allow(backend.open_claims).to receive(:renew_claims).and_raise(Kaal::Backend::StoreError, 'away')
    register do |**|
      calls << :called
      at(noon + 600)
      Kaal.tick! if calls.size == 1
    end
    at(noon)
    Kaal.tick!
    expect([calls.size, open?]).to eq([1, false])
  end

  it 'hands over what an exception keeps it from calling' do
    3.times { |number| register("early #{number}", cron: '59 11 * * *') }
    3.times { |number| register("job #{number}") { |**| throw(:out) } }
    at(noon - 60)
    Kaal.tick! # from now on batches are larger than one
    at(noon)
    catch(:out) { Kaal.tick! }
    at(noon + 1)
    expect(backend.open_claims.ended_claims('kaal', 0, 10).size).to eq(2)
  end

  describe 'a callback that raises' do
    it 'is recorded as failed, and its claim closed' do
      register { |**| raise 'no' }
      at(noon)
      Kaal.tick!
      expect(backend.dispatch_registry.find_dispatch('job', noon)).to include(status: 'failed')
      expect(open?).to be(false)
    end

    it 'stays claimed while it waits to be called again' do
      failures = 1
      register(on_error: :retry) do |idempotency_key:, **|
        raise 'not yet' if (failures -= 1) >= 0

        calls << idempotency_key
      end
      at(noon)
      Kaal.tick!
      expect(backend.open_claims.renew_claims([run], namespace: 'kaal', node_id: 'me', ttl: 60)).to eq([true])
      wait_for('the retry') { [Kaal.tick!, calls.size == 1].last }
      expect(open?).to be(false)
    end

    it 'is called by another at once when its scheduler is stopped meanwhile' do
      register(cron: '* * * * * *', on_error: :retry) { |**| raise 'not yet' }
      Kaal.start!
      failed = wait_for('the failure') { log.string[/job job at (\S+) failed, trying again/, 1] }
      Kaal.stop!
      run = ['job', Time.iso8601(failed).to_i]
      wait_for('the end of the lease') { backend.open_claims.ended_claims('kaal', 0, 10).include?(run) }
    end
  end

  it 'leaves to others a run that an exit interrupted' do
    register { |**| throw :out }
    at(noon)
    catch(:out) { Kaal.tick! }
    after_the_lease
    Kaal.registry.remove('job')
    Kaal.registry.add(key: 'job', cron: '0 12 * * *', enqueue: ->(idempotency_key:, **) { calls << idempotency_key })
    Kaal.tick!
    expect(called).to eq(['kaal-job-1772366400'])
  end

  it 'renews while the callback runs' do
    Kaal.configuration.lease_ttl = 1
    renewals = 0
    allow(backend.open_claims).to receive(:renew_claims).and_wrap_original do |renew, *arguments|
      allow(Time).to receive(:now).and_call_original # far later than noon
      renew.call(*arguments).tap { renewals += 1 }
    end
    register do |**|
      wait_for('renewals for longer than a lease') { renewals == 4 }
      calls << backend.open_claims.ended_claims('kaal', 0, 10)
      at(noon)
    end
    at(noon)
    Kaal.tick!
    expect(called).to eq([[]])
  end

  it 'leaves the claim of a callback that forks to the parent' do
    register do |**|
      pid = fork { $stderr.reopen(File::NULL) && raise('in the child') }
      Process.wait(pid)
      calls << backend.open_claims.renew_claims([run], namespace: 'kaal', node_id: 'me', ttl: 60)
    end
    at(noon)
    Kaal.tick!
    expect([called, open?]).to eq([[[true]], false])
  end

  it 'leaves no thread behind when it is stopped' do
    before = Thread.list # those of other examples among them
    threads = -> { (Thread.list - before).count { |thread| thread.name == 'kaal-claims' } }
    gate = Queue.new
    register(cron: '* * * * * *') { |**| calls << gate.pop }
    Kaal.start!
    wait_for('a claim') { threads.call == 1 }
    gate.close
    Kaal.stop!
    expect(threads.call).to eq(0)
  end
end
