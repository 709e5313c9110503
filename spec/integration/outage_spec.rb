# frozen_string_literal: true

require 'mariadb_server'
require 'postgres_server'
require 'redis'
require 'stores'

# What a tick does while its store fails, and afterwards.
RSpec.describe 'An outage' do
  let(:noon) { Time.utc(2026, 3, 1, 12, 0, 0) }
  let(:runs) { Queue.new }
  let(:log) { StringIO.new }

  def configure(adapter)
    Kaal.configure do |config|
      config.backend = adapter
      config.logger = Logger.new(log)
      config.enable_log_dispatch_registry = true
    end
  end

  def register
    allow(Time).to receive(:now).and_return(noon)
    Kaal.register(key: 'job', cron: '* * * * *', enqueue: ->(fire_time:, **) { runs << fire_time })
  end

  # How many seconds after noon the runs were due that a tick has called.
  def tick(seconds)
    allow(Time).to receive(:now).and_return(noon + seconds)
    Kaal.tick!
    Array.new(runs.size) { (runs.pop - noon).to_i }
  end

  shared_examples 'is made up for' do
    before do
      configure(adapter.call)
      Kaal.create_tables! unless server.is_a?(RedisServer)
      register
    end

    after do
      server.start unless server.running?
      server.end_sessions unless server.is_a?(RedisServer)
    end

    it 'longer than the look-back costs no run and repeats none, here or elsewhere' do
      expect(tick(0)).to eq([-60, 0])
      server.stop
      expect([60, 120, 300, 600].flat_map { |seconds| tick(seconds) }).to eq([])
      expect(log.string).to include('claim failed, trying again')
      server.start
      expect(tick(630)).to eq((1..10).map { |n| n * 60 })
      expect(tick(631)).to eq([])
      Kaal.backend = adapter.call
      Kaal.reset_coordinator!
      expect([tick(632), tick(660)]).to eq([[], [660]])
    end
  end

  describe 'of Redis' do
    # What it keeps lasts, as with a Redis that is merely out of reach.
    let(:server) { RedisServer.new(appendonly: 'yes', appendfsync: 'always') }
    let(:adapter) { -> { Kaal::Backend::RedisAdapter.new(server.url) } }

    after { server.stop(:KILL) }

    it_behaves_like 'is made up for'

    it 'that lets it hang holds a tick and a stop for a few seconds at most' do
      configure(adapter.call)
      register
      expect(tick(0)).to eq([-60, 0])
      server.pause
      expect(seconds_of { expect(tick(60)).to eq([]) }).to be < 3.5
      Kaal.start!
      wait_for('a failure of the scheduler') { log.string.scan('cannot read the definitions').size > 1 }
      expect(seconds_of { expect(Kaal.stop!).to be(true) }).to be < 3.5
      server.resume
      expect(tick(300)).to eq([60, 120, 180, 240, 300])
    end
  end

  { 'PostgreSQL' => [Kaal::Backend::PostgresAdapter, PostgresServer], 'MariaDB' => [Kaal::Backend::MySQLAdapter, MariadbServer] }
    .to_a.product(%i[session table]).each do |(family, (kind, servers)), lease|
    context "of #{family}, with leases of the kind #{lease}" do
      let(:server) { servers.shared }
      let(:adapter) { -> { kind.new(server.url, lease: lease) } }

      before { server.reset }

      it_behaves_like 'is made up for'

      # Ten seconds for the definitions, ten for the claim: a third question would be too much for `stop!`.
      it 'that lets it hang holds a tick for two answers at most', if: [family, lease] == ['PostgreSQL', :table] do
        configure(adapter.call)
        Kaal.create_tables!
        register
        expect(tick(0)).to eq([-60, 0])
        server.pause
        expect(seconds_of { expect(tick(60)).to eq([]) }).to be < 25
        server.resume
        expect(tick(120)).to eq([60, 120])
      end
    end
  end
end
