# frozen_string_literal: true

require 'redis'

# What a Redis that forgets costs, with the dispatch log on: docs/guarantees.md says how much may run again. A child
# stands for another process of the app.
RSpec.describe 'A Redis that loses' do
  let(:server) { RedisServer.new }
  let(:address) { -> { server.url } }
  let(:noon) { Time.utc(2026, 3, 1, 12, 0, 0) }
  let(:runs) { Queue.new }

  before do
    Kaal.configure do |config|
      config.backend = Kaal::Backend::RedisAdapter.new(address)
      config.enable_log_dispatch_registry = true
      config.recovery_startup_jitter = 0
    end
    at(-3600)
    register
    (-3600..540).step(60) { |seconds| tick(seconds) }
  end

  after { server.stop(:KILL) if server.running? }

  def at(seconds)
    allow(Time).to receive(:now).and_return(noon + seconds)
  end

  def register
    Kaal.register(key: 'job', cron: '* * * * *', enqueue: ->(fire_time:, **) { runs << fire_time })
  end

  # How many seconds after noon the runs were due that were called.
  def ran
    Array.new(runs.size) { (runs.pop - noon).to_i }.sort
  end

  def tick(seconds)
    at(seconds)
    Kaal.tick!
    ran
  end

  # As {#tick}, in a process that has done all that this one has.
  def tick_elsewhere(seconds)
    in_child { tick(seconds) }
  end

  # What a process makes up for that starts.
  def start_elsewhere(seconds)
    in_child do
      at(seconds)
      Kaal.reset_coordinator!
      Kaal.reset_registry!
      register
      Kaal.start!
      wait_for('the recovery') { Kaal.recovery_progress&.fetch(:done) }
      Kaal.stop!
      ran
    end
  end

  describe 'all its data' do
    it 'repeats in no process what that has claimed or seen claimed' do
      expect([tick_elsewhere(600), tick(600)]).to eq([[600], []])
      server.flush
      expect([tick(601), tick(660), tick_elsewhere(661)]).to eq([[], [660], []])
    end

    it 'has each other process run what it had not come to yet, once' do
      expect(tick_elsewhere(600)).to eq([600])
      server.flush
      expect([tick(601), tick(602), tick_elsewhere(603)]).to eq([[600], [], []])
    end

    it 'has a process that starts run again what is in its look-back, and nothing older' do
      expect(tick(600)).to eq([600])
      server.flush
      expect([tick(601), start_elsewhere(690), start_elsewhere(691)]).to eq([[], [600, 660], []])
    end

    it 'has a process that is the first to start run again no more than that' do
      expect(tick(600)).to eq([600])
      server.flush
      expect([start_elsewhere(615), start_elsewhere(630)]).to eq([[540, 600], []])
    end
  end

  describe 'the records alone' do
    it 'has a process that starts run again what is in the recovery window' do
      Kaal.configuration.recovery_window = 600
      records = server.inspector.keys('*dispatch:*')
      server.inspector.del(records)
      expect([tick(541), start_elsewhere(570)]).to eq([[], (0..540).step(60).to_a])
    end
  end

  describe 'what its replica had not heard of' do
    let(:replica) { RedisServer.new(replicaof: ['127.0.0.1', server.port]) }
    let(:address) { -> { (@primary || server).url } }

    after { replica.stop(:KILL) }

    # The replica becomes the primary while the old one still answers those that are connected to it.
    def promote
      wait_for('the replica to follow') { replica.inspector.info('replication')['master_link_status'] == 'up' }
      replica.inspector.replicaof(:no, :one)
    end

    it 'has other processes run that again, and nothing else' do
      expect(tick_elsewhere(600)).to eq([600])
      promote
      expect(tick_elsewhere(660)).to eq([660])
      @primary = replica
      server.stop(:KILL)
      expect([tick(661), tick(662)]).to eq([[660], []])
    end
  end
end
