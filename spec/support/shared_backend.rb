# frozen_string_literal: true

require 'active_support'
require 'active_support/core_ext/numeric/time'

# What every built-in backend must do. Includers give `backend`, fresh, and `another`, a second
# instance on the same store (nil where there can be none).
RSpec.shared_examples 'a backend' do
  let(:key) { "kaal:dispatch:job:#{rand(1 << 40)}" }

  # Where the log answers with a model, what a Hash would have.
  def record_of(found)
    return found if found.is_a?(Hash)

    found.attributes.symbolize_keys.slice(:key, :fire_time, :dispatched_at, :node_id, :status)
  end

  it 'gives a lock to one at a time' do
    expect([backend.acquire(key, 60), backend.acquire(key, 60), backend.release(key), backend.acquire(key, 60)])
      .to eq([true, false, true, true])
  end

  it 'gives a lock again when its time is over' do
    expect(backend.acquire(key, 0.05)).to be(true)
    wait_for('the lock to end') { backend.acquire(key, 60) }
  end

  it 'releases only what is held' do
    expect(backend.release(key)).to be(false)
  end

  it 'acquires and releases many, in order' do
    backend.acquire("#{key}2", 60)
    keys = ["#{key}1", "#{key}2", "#{key}3", "#{key}1"]
    expect(backend.acquire_many(keys, 60)).to eq([true, false, true, false])
    expect(backend.release_many(["#{key}1", "#{key}4", "#{key}3"])).to eq([true, false, true])
    expect([backend.acquire_many([], 60), backend.release_many([])]).to eq([[], []])
  end

  it 'holds a lock for a block' do
    expect(backend.with_lock(key, ttl: 60) { [:value, backend.acquire(key, 60)] }).to eq([:value, false])
    expect(backend.with_lock(key, ttl: 60) { backend.with_lock(key, ttl: 60) { :inner } }).to be_nil
    expect { backend.with_lock(key, ttl: 60) { raise 'inside' } }.to raise_error('inside')
    expect(backend.acquire(key, 60)).to be(true)
  end

  describe 'arguments' do
    it 'takes every ttl that is a time' do
      [1, 1.5, 3r, 10_000_000, 0.001].each_with_index do |ttl, index|
        expect(backend.acquire("#{key}#{index}", ttl)).to be(true)
      end
    end

    it 'takes a Duration as the time that it is' do
      expect(backend.acquire(key, 5.seconds)).to be(true)
      expect([backend.acquire(key, 1.minute), backend.acquire_many(["#{key}2"], 2.hours)]).to eq([false, [true]])
      expect(backend.acquire("#{key}3", 0.05.seconds)).to be(true)
      wait_for('the lock to end') { backend.acquire("#{key}3", 1.day) }
      expect { backend.acquire(key, 0.seconds) }.to raise_error(ArgumentError, /ttl must be/)
    end

    it 'refuses every other ttl' do
      [nil, '5', :five, [], Complex(1, 1)].each do |ttl|
        expect { backend.acquire(key, ttl) }.to raise_error(TypeError, /ttl must be a number of seconds/), ttl.inspect
      end
      [0, -1, -0.5, Float::NAN, Float::INFINITY, 10**30, 4_000_000_000].each do |ttl|
        expect { backend.acquire(key, ttl) }.to raise_error(ArgumentError, /ttl must be/), ttl.inspect
      end
    end

    it 'takes every key that is text' do
      keys = [key.dup.freeze, "#{key} ü".encode('ISO-8859-1'), "#{key} \xff\0".b, "#{key}\u{1F600}", 'k' * 10_000]
      keys.each do |text|
        expect([backend.acquire(text, 60), backend.acquire(text, 60), backend.release(text)])
          .to eq([true, false, true]), text.inspect
      end
      expect([backend.acquire(key.to_sym, 60), backend.acquire(key, 60)]).to eq([true, false])
    end

    it 'refuses every other key' do
      [nil, 1, 1.5, [], {}, Object.new].each do |wrong|
        expect { backend.acquire(wrong, 60) }.to raise_error(TypeError, /lock key must be a String/)
        expect { backend.release(wrong) }.to raise_error(TypeError, /lock key must be a String/)
      end
      ['', :'', 'k' * 65_537].each do |wrong|
        expect { backend.acquire(wrong, 60) }.to raise_error(ArgumentError, /lock key/)
      end
    end

    it 'refuses a list that is none' do
      expect { backend.acquire_many('key', 60) }.to raise_error(TypeError, /lock keys must be an Array/)
      expect { backend.acquire_many([key, nil], 60) }.to raise_error(TypeError, /lock key must be a String/)
      expect(backend.acquire(key, 60)).to be(true)
    end
  end

  describe 'the dispatch log' do
    let(:fire_time) { Time.at(1_700_000_000).utc }
    let(:key) { 'my:app:dispatch:team:mail:1700000000' }

    before do
      Kaal.namespace = 'my:app'
      Kaal.configuration.enable_log_dispatch_registry = true
      Kaal.backend = backend
    end

    it 'is written by an acquire that wins' do
      backend.acquire(key, 60)
      expect(record_of(backend.dispatch_registry.find_dispatch('team:mail', fire_time))).to eq(
        key: 'team:mail', fire_time: fire_time, dispatched_at: Time.at(Time.now.to_i).utc,
        node_id: Socket.gethostname, status: 'dispatched'
      ).or include(dispatched_at: Time.at(Time.now.to_i - 1).utc)
      expect(Kaal.dispatched?('team:mail', fire_time)).to be(true)
    end

    it 'is written by acquire_many for what it wins' do
      backend.acquire_many([key, 'my:app:dispatch:other:60', 'no run'], 60)
      expect([Kaal.dispatched?('team:mail', 1_700_000_000), Kaal.dispatched?('other', 60)]).to eq([true, true])
    end

    it 'is not written where it is off' do
      Kaal.configuration.enable_log_dispatch_registry = false
      backend.acquire(key, 60)
      expect(Kaal.dispatched?('team:mail', fire_time)).to be(false)
    end

    it 'leaves locks alone that stand for no run' do
      expect(backend.acquire('just a lock', 60)).to be(true)
    end

    it 'tells a run that was dispatched from one that was not' do
      expect(backend.claim_many([['job', 60], ['job', 120], ['job', 60]], Kaal.configuration)).to eq([true, true, false])
      backend.release_many(['my:app:dispatch:job:60', 'my:app:dispatch:job:120'])
      backend.dispatch_registry.log_dispatch('job', 180, 'other node')
      expect(backend.claim_many([['job', 60], ['job', 180], ['job', 240]], Kaal.configuration))
        .to eq([false, false, true])
      expect(backend.acquire('my:app:dispatch:job:180', 60)).to be(true) # the lease was not kept
    end
  end

  it 'claims by leases alone where the log is off' do
    expect(backend.claim_many([['job', 60], ['job', 60]], Kaal.configuration)).to eq([true, false])
    expect(backend.dispatch_registry.dispatched?('job', 60)).to be(false)
  end

  describe 'its open claims' do
    let(:run) { ['team:mail', 60] }
    let(:claims) { backend.open_claims }

    before do
      Kaal.namespace = 'my:app'
      Kaal.configuration.enable_log_dispatch_registry = true
      Kaal.configuration.lease_ttl = 1
      Kaal.backend = backend
    end

    def holder(ttl)
      { namespace: 'my:app', node_id: 'web-1', ttl: ttl }
    end

    it 'are there from the claim on, and shown as dispatched' do
      expect(backend.claim_many([run, ['other', 60]], Kaal.configuration, open: true)).to eq([true, true])
      expect(Kaal.dispatched?(*run)).to be(true)
      expect(claims.renew_claims([run, ['none', 60]], holder(0.001))).to eq([true, false])
      wait_for('the end of the lease') { claims.ended_claims('my:app', 0, 10) == [run] }
      expect(claims.ended_claims('my:app', 1, 10)).to eq([])
    end

    it 'are taken over when their leases have ended, and not after they were closed' do
      backend.claim_many([run], Kaal.configuration, open: true)
      expect(claims.take_over_claims([run], holder(60))).to eq([false])
      claims.renew_claims([run], holder(0.001))
      wait_for('the take-over') { claims.take_over_claims([run], holder(0.001)) == [true] }
      claims.close_claims('my:app', [run])
      expect([claims.take_over_claims([run], holder(60)), claims.ended_claims('my:app', 0, 10)]).to eq([[false], []])
    end

    it 'are none of the claims that were not to stay open, nor of those that were lost' do
      backend.claim_many([run], Kaal.configuration)
      backend.claim_many([run], Kaal.configuration, open: true)
      expect(claims.renew_claims([run], holder(0.001))).to eq([false])
    end
  end

  describe 'its last runs of intervals' do
    let(:intervals) { backend.intervals }

    def ask(holder, *runs, namespace: 'my:app')
      intervals.advance_intervals(namespace, holder, runs)
    end

    it 'go on with the run that comes after them, which is one holder\'s' do
      expect(ask('one', ['team:mail', 60], ['b', 60])).to eq([true, true])
      expect(ask('one', ['team:mail', 60])).to eq([true])
      expect(ask('two', ['team:mail', 60], ['b', 61], ['team:mail', 59], ['c', -5])).to eq([false, true, false, true])
      expect(ask('two', ['team:mail', 0], namespace: 'other')).to eq([true])
      expect(ask('two')).to eq([])
    end

    it 'take more than one run of a job, in their order' do
      expect(ask('one', ['job', 60], ['job', 120], ['job', 180])).to eq([true, true, true])
      expect(ask('two', ['job', 180], ['job', 240])).to eq([false, true])
    end
  end

  it 'gives what is kept to nobody to change' do
    registry = backend.definition_registry
    registry.upsert_definition(key: 'job', cron: '@daily', metadata: { 'list' => [1] })
    registry.find_definition('job')[:metadata]['list'] << 2
    expect(registry.find_definition('job')[:metadata]).to eq('list' => [1])
  end

  describe 'its definitions' do
    let(:registry) { backend.definition_registry }

    it 'are created, changed and removed' do
      created = registry.upsert_definition(key: 'b', cron: '@daily', metadata: { owner: 'ops' })
      expect(created).to match(
        key: 'b', cron: '@daily', enabled: true, source: 'code', metadata: { 'owner' => 'ops' },
        created_at: be_utc, updated_at: be_utc, disabled_at: nil
      )
      registry.upsert_definition(key: 'a', cron: '@hourly', enabled: false, source: 'file')
      expect(registry.all_definitions.map { |one| one[:key] }).to eq(%w[a b])
      expect(registry.enabled_definitions.map { |one| one[:key] }).to eq(%w[b])
      changed = registry.upsert_definition(key: 'b', cron: '@weekly')
      expect(changed).to include(
        cron: '@weekly', created_at: created[:created_at], metadata: { 'kaal_rs' => { 'since' => /\A\d{4}-.*Z\z/ } }
      )
      expect([registry.remove_definition('b'), registry.remove_definition('b')]).to match([include(cron: '@weekly'), nil])
      expect(registry.find_definition('b')).to be_nil
    end

    it 'have a version that each change changes' do
      versions = [registry.version]
      [
        -> { registry.upsert_definition(key: 'a', cron: '@daily') }, -> { registry.upsert_definition(key: 'b', cron: '@daily') },
        -> { registry.disable_definition('a') }, -> { registry.enable_definition('a') }, -> { registry.remove_definition('b') }
      ].each { |change| change.call && (versions << registry.version) }
      expect([versions.uniq.size, registry.version]).to eq([6, versions.last])
    end

    it 'refuse metadata that cannot be kept' do
      expect { registry.upsert_definition(key: 'a', cron: '@daily', metadata: [1]) }
        .to raise_error(ArgumentError, 'metadata must be a Hash, is Array')
      expect { registry.upsert_definition(key: 'a', cron: '@daily', metadata: { x: Float::NAN }) }
        .to raise_error(ArgumentError, /metadata cannot be written as JSON/)
      expect(registry.all_definitions).to eq([])
    end
  end
end
