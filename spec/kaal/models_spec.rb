# frozen_string_literal: true

require 'app_database'

# The models on the tables of an app.
RSpec.describe Kaal do
  include AppDatabase

  let(:adapter) { Kaal::Backend::SQLiteAdapter.new }
  let(:now) { Time.at(Time.now.to_i).utc }

  before do
    connect_app(':memory:')
    adapter.create_tables
  end

  after { disconnect_app }

  it 'has models where ActiveRecord is, which inherit from what the app has' do
    script = <<~RUBY
      require 'kaal'
      p defined?(Kaal::CronLock)
      begin; Kaal::CronLock; rescue NameError => e; p e.class; end
      require 'active_record'
      ApplicationRecord = Class.new(ActiveRecord::Base) { self.abstract_class = true }
      p [Kaal::CronLock, Kaal::CronDispatch, Kaal::CronDefinition].map { |model| model.superclass.name }.uniq
    RUBY
    lib = File.expand_path('../../lib', __dir__)
    expect(IO.popen([RbConfig.ruby, '-I', lib, '-e', script], &:read)).to eq("nil\nNameError\n[\"ApplicationRecord\"]\n")
    expect(Kaal::CronLock.superclass).to eq(ActiveRecord::Base)
  end

  describe 'CronLock' do
    it 'tells which locks have ended, and deletes those' do
      adapter.acquire('long', 60)
      adapter.acquire('short', 0.001)
      wait_for('the lock to end') { !Kaal::CronLock.find_by!(key: 'short').not_expired? }
      expect(Kaal::CronLock.find_by!(key: 'long').not_expired?).to be(true)
      expect([Kaal::CronLock.cleanup_expired, Kaal::CronLock.pluck(:key)]).to eq([1, ['long']])
    end
  end

  describe 'CronDispatch' do
    let(:model) { Kaal::CronDispatch }

    before do
      [['a', 1, 'one', 'dispatched'], ['b', 2, 'two', 'failed'], ['a', 3, 'two', 'dispatched']].each do |key, n, node, status|
        model.create!(key: key, fire_time: Time.at(n * 60), dispatched_at: now - (10 * n), node_id: node, status: status)
      end
    end

    it 'is searched' do
      found = [model.recent, model.recent(1), model.by_key('a'), model.by_node('two'), model.by_status('failed'), model.since(now - 20)]
      expect(found.map { |records| records.map { |one| one.fire_time.to_i / 60 } })
        .to match([[1, 2, 3], [1], contain_exactly(1, 3), contain_exactly(2, 3), [2], contain_exactly(1, 2)])
    end

    it 'has one of two statuses' do
      expect(model.new(key: 'a', fire_time: now, dispatched_at: now, node_id: 'one', status: 'lost')).not_to be_valid
      expect { model.create!(key: 'a') }.to raise_error(ActiveRecord::RecordInvalid)
    end

    it 'reads and writes the rows that kaal-rs does' do
      expect(adapter.dispatch_registry.find_dispatch('a', 60)).to have_attributes(node_id: 'one')
      adapter.dispatch_registry.log_dispatch('a', 60, 'three', 'failed')
      expect(model.by_key('a').by_status('failed').map(&:node_id)).to eq(['three'])
    end
  end

  describe 'CronDefinition' do
    let(:model) { Kaal::CronDefinition }
    let(:registry) { adapter.definition_registry }

    it 'is searched' do
      model.upsert_definition!(key: 'a', cron: '@daily')
      model.upsert_definition!(key: 'b', cron: '@daily', enabled: false, source: 'file')
      expect([model.enabled, model.disabled, model.by_source('file')].map { |found| found.map(&:key) }).to eq([%w[a], %w[b], %w[b]])
    end

    it 'is changed as by the registry' do
      created = model.upsert_definition!(key: 'a', cron: '@daily', metadata: { owner: 'ops' })
      expect(created.to_definition_hash).to match(
        key: 'a', cron: '@daily', enabled: true, source: 'code', metadata: { 'owner' => 'ops' },
        created_at: be_utc, updated_at: be_utc, disabled_at: nil
      )
      changed = model.upsert_definition!(key: 'a', cron: '@weekly', enabled: false)
      expect(changed).to have_attributes(created_at: created.created_at, disabled_at: be_within(2).of(Time.now), metadata: include('kaal_rs'))
      expect(registry.find_definition('a')).to eq(changed.to_definition_hash.merge(registry.find_definition('a').slice(:updated_at)))
      versions = Array.new(4) { |n| model.upsert_definition!(key: 'a', cron: "#{n} 0 * * *") && registry.version }
      expect(versions.uniq).to eq(versions)
      registry.enable_definition('a')
      expect(model.find_by!(key: 'a')).to have_attributes(enabled: true, disabled_at: nil)
    end

    it 'is removed, and said what it was' do
      model.upsert_definition!(key: 'a', cron: '@daily')
      expect(model.find_by!(key: 'a').destroy_and_return_definition_hash).to include(key: 'a', cron: '@daily')
      expect(registry.all_definitions).to eq([])
    end

    it 'refuses what cannot be kept' do
      expect { model.upsert_definition!(key: 'a', cron: ' ') }.to raise_error(ActiveRecord::RecordInvalid)
      expect { model.upsert_definition!(key: 'a', cron: '@daily', metadata: [1]) }.to raise_error(ArgumentError, /must be a Hash/)
    end

    it 'goes with the transaction of the caller' do
      model.transaction do
        model.upsert_definition!(key: 'a', cron: '@daily')
        raise ActiveRecord::Rollback
      end
      expect(registry.all_definitions).to eq([])
    end

    it 'has metadata with String keys, written as an object' do
      model.create!(key: 'a', cron: '@daily', metadata: { owner: { name: 'ops' } })
      model.find_by!(key: 'a').update!(metadata: nil)
      model.create!(key: 'b', cron: '@daily', metadata: '{"a":1}')
      expect(sql('select metadata from kaal_definitions order by key')).to eq([['{}'], ['{"a":1}']])
    end
  end
end
