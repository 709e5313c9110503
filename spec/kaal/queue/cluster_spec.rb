# frozen_string_literal: true

require 'queue_delegate'
require 'redis_cluster'

# A real cluster of three masters: the queue is on one of them.
RSpec.describe Kaal::Queue::Server do
  before(:context) { @cluster = RedisCluster.new } # rubocop:disable RSpec/BeforeAfterAll

  after(:context) { @cluster.stop } # rubocop:disable RSpec/BeforeAfterAll

  let(:delegate) { QueueDelegate.new }
  let(:holder) { @cluster.servers.find { |server| answers?(server) } }

  before do
    Kaal.logger = Logger.new(File::NULL)
    @cluster.servers.each(&:flush)
  end

  def answers?(server)
    server.inspector.call('LLEN', '{mails}:ready')
  rescue Redis::CommandError
    nil
  end

  def queue(server, prefix: '{mails}')
    described_class.new(delegate, server.url, prefix: prefix, lease: 1)
  end

  # From one node to another; false where it is not empty.
  def move_slot(source, target)
    slot = source.inspector.call('CLUSTER', 'KEYSLOT', '{mails}:ready')
    id = target.inspector.call('CLUSTER', 'MYID')
    [target, source, *@cluster.servers].uniq.each { |server| server.inspector.call('CLUSTER', 'SETSLOT', slot, 'NODE', id) }
  rescue Redis::CommandError
    false
  end

  it 'finds its node from the URL of any' do
    @cluster.servers.each do |server|
      worker = queue(server)
      worker.start
      worker.call({ 'from' => server.url })
      worker.call_many([{ 'from' => server.url }], ids: %w[named])
      expect(delegate.take(2)).to eq([{ 'from' => server.url }] * 2)
      wait_for('both to be done') { worker.status[:completed] == 2 }
      worker.stop
    end
    expect(@cluster.servers.sum { |server| server.inspector.keys('{mails}:tokens').size }).to eq(1)
  end

  it 'follows its slot to another node' do
    worker = queue(@cluster.servers.first)
    worker.start
    worker.call({ 'number' => 1 })
    delegate.take(1)
    wait_for('it to be done') { worker.status[:completed] == 1 }
    old = holder
    new = (@cluster.servers - [old]).first
    # What is left are its heartbeat and the like, which it writes again.
    wait_for('the slot to be empty') { old.flush && move_slot(old, new) }
    worker.call({ 'number' => 2 })
    expect(delegate.take(1)).to eq([{ 'number' => 2 }])
    wait_for('it to be done') { worker.status[:completed] == 2 }
    worker.stop
  end

  it 'says what a prefix needs' do
    expect { queue(@cluster.servers.first, prefix: 'mails').call({}) }
      .to raise_error(Kaal::Backend::StoreError, /CROSSSLOT.*hash_tag: true/i)
  end
end
