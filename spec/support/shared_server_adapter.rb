# frozen_string_literal: true

require 'shared_backend'

# What an adapter does whose locks are those of other processes, too. Includers give `server` and `lease`.
RSpec.shared_examples 'an adapter of a server' do |lease|
  let(:backend) { described_class.new(server.url, lease: lease) }
  let(:other) { described_class.new(server.url, lease: lease) }

  before { backend.create_tables }

  # Locks of the examples before, whose adapters may still be there.
  after { server.end_sessions }

  it_behaves_like 'a backend'

  it 'excludes other adapters, and other processes' do
    backend.acquire('mine', 60)
    expect(other.acquire_many(%w[mine free], 60)).to eq([false, true])
    other.release('free')
    results = in_children(4) do
      @adapter = described_class.new(server.url, lease: lease) # its locks end with it
      @adapter.acquire_many(%w[mine free], 60)
    end
    expect(results.transpose.map(&:tally)).to eq([{ false => 4 }, { true => 1, false => 3 }])
  end

  it 'serves a forked child, which holds none of the parent\'s locks' do
    backend.acquire('parent', 60)
    expect(in_child { [backend.acquire('parent', 60), backend.release('parent'), backend.acquire('child', 60)] })
      .to eq([false, false, true])
    expect([other.acquire('parent', 60), backend.release('parent'), other.acquire('parent', 60)])
      .to eq([false, true, true])
  end

  it 'gives each of 300 locks to one of 8 threads' do
    keys = Array.new(300) { |n| "key #{n}" }
    wins = Array.new(8) { Thread.new { keys.count { |key| backend.acquire(key, 60) } } }
    expect(wins.sum(&:value)).to eq(300)
  end

  describe 'its dispatch log' do
    let(:log) { backend.dispatch_registry }

    it 'is searched by job, node and status, newest first' do
      [['a', 60, 'one'], ['a', 120, 'two'], ['b', 90, 'one']].each { |entry| log.log_dispatch(*entry) }
      log.log_dispatch('b', 90, 'one', 'failed')
      times = ->(found) { found.map { |record| record[:fire_time].to_i } }
      expect([log.find_by_key('a'), log.find_by_node('one'), log.find_by_status('failed')].map(&times))
        .to eq([[120, 60], [90, 60], [90]])
      expect(times.call(log.find_by_key('a', limit: 1))).to eq([120])
    end

    it 'is cleaned of what is older than the window' do
      now = Time.now.to_i
      2_500.times.each_slice(500) { |batch| log.log_dispatches(batch.map { |n| ['old', now - 90_000 - n] }, 'node') }
      log.log_dispatch('new', now - 100, 'node')
      expect(log.cleanup).to eq(2_500)
      expect([log.find_by_node('node').size, log.cleanup(recovery_window: 10)]).to eq([1, 1])
    end
  end
end
