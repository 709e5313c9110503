# frozen_string_literal: true

require 'stores'

# A rolling deploy: one node has Kaal, the other kaal-rs.
RSpec.describe 'A mixed fleet' do
  # Some have names that are too long for a lock of MySQL's.
  let(:keys) { Array.new(5_000) { |n| "kaal:dispatch:job#{' with a long name' * (n % 5)}:#{n}" } }

  # Both go through the keys side by side: after each hundred the one who is ahead waits. In turn one of them
  # has a start of ten keys, so that both win some however much quicker one is.
  def race
    ends = Array.new(2) { IO.pipe }
    in_children(2, seconds: 120) do |number|
      one = number.zero? ? plain(@node = store.plain) : ours(@node = store.adapter) # its locks end with it
      tell = -> { ends[number].last.write('.') }
      hear = -> { ends[1 - number].first.read(1) }
      keys.each_slice(100).with_index.flat_map do |some, turn|
        tell.call && hear.call
        (turn % 2) == number ? one.call(some.first(10)) + (tell.call && one.call(some.drop(10))) : hear.call && one.call(some)
      end
    end
  ensure
    ends.flatten.each(&:close)
  end

  def plain(node)
    ->(some) { some.select { |key| node.acquire(key) } }
  end

  # One by one and in batches.
  def ours(adapter)
    lambda do |some|
      single, many = some.partition.with_index { |_, index| index < 80 }
      single.select { |key| adapter.acquire(key, 300) } + many.zip(adapter.acquire_many(many, 300)).select(&:last).map(&:first)
    end
  end

  Stores::ALL.each_key do |name|
    context "with #{name}" do
      let(:store) { Stores.named(name) }

      before { store.begin }

      after { store.finish }

      it 'gives each of 5,000 keys to one node, and some to each' do
        won = race
        expect([won.flatten.tally.reject { |_, times| times == 1 }, won.sum(&:size)]).to eq([{}, 5_000])
        expect(won.map(&:size)).to all(be > 100)
      end

      it 'takes over a lease that has ended, whoever had it', unless: name.include?('sessions') do
        in_child { store.plain.acquire('plain', 0.3) }
        adapter = store.adapter
        expect([adapter.acquire('plain', 60), adapter.acquire('ours', 0.3)]).to eq([false, true])
        wait_for('the lease of the plain node to end') { adapter.acquire('plain', 60) }
        taken = in_child do
          node = store.plain
          wait_for('our lease to end') { node.acquire('ours') }
          node.acquire('plain')
        end
        expect([taken, adapter.acquire('ours', 60)]).to eq([false, false])
      end

      it 'has one log and one set of definitions' do
        in_child do
          node = store.plain
          node.log('job', 60)
          node.define('job', '@daily')
        end
        Kaal.configuration.enable_log_dispatch_registry = true
        Kaal.backend = adapter = store.adapter
        expect(adapter.claim_many([['job', 60], ['job', 120]], Kaal.configuration)).to eq([false, true])
        expect(adapter.dispatch_registry.find_dispatch('job', 60)).to include(node_id: 'plain', fire_time: Time.at(60).utc)
        expect(adapter.definition_registry.find_definition('job'))
          .to include(cron: '@daily', metadata: { 'by' => 'plain' }, created_at: be_a(Time))
        adapter.definition_registry.upsert_definition(key: 'ours', cron: '@weekly')
        expect(in_child { [store.plain.logged('job', 120), store.plain.defined('ours')] }).to eq([Socket.gethostname, '@weekly'])
      end

      it 'knows what Kaal 0.6 has logged, under its namespace', unless: name == 'Redis' do
        in_child { store.plain.log('job', 60, 'kaal') }
        Kaal.configuration.enable_log_dispatch_registry = true
        expect(store.adapter.claim_many([['job', 60], ['job', 120]], Kaal.configuration)).to eq([false, true])
      end
    end
  end
end
