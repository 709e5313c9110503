# frozen_string_literal: true

require 'stores'

# Jobs with `every:` on stores that processes share.
RSpec.describe 'Intervals' do
  let(:noon) { Time.utc(2026, 3, 1, 12) }

  # A process that registers the job, and ticks so many seconds after noon. Gives what it ran, in seconds after noon.
  def node(store, seconds)
    runs = @runs = []
    allow(Time).to receive(:now).and_return(noon + seconds)
    Kaal.backend = store.adapter
    Kaal.register(key: 'job', every: 600, enqueue: ->(fire_time:, **) { runs << (fire_time - noon).to_i })
    Kaal.tick!
    runs.dup
  end

  # This process as a node, which goes on from tick to tick.
  def node_again(store, seconds)
    return node(store, seconds) unless Kaal.registered?(key: 'job')

    allow(Time).to receive(:now).and_return(noon + seconds)
    @runs.clear
    Kaal.tick!
    @runs.dup
  end

  # A node whose process is killed when it comes to its first claim.
  def killed_node(store, seconds)
    pid = fork do
      adapter = store.adapter
      allow(adapter).to receive(:claim_many) { Process.kill(:KILL, Process.pid) && sleep }
      node(Struct.new(:adapter).new(adapter), seconds)
      exit!
    end
    Process.wait2(pid).last.termsig
  end

  Stores::ALL.each_key do |name|
    context "with #{name}" do
      let(:store) { Stores.named(name) }

      before { store.begin }
      after { store.finish }

      it 'count on over processes that come and go, and make up for an outage once' do
        expect(in_child { node(store, 0) }).to eq([])
        expect(in_child { node(store, 601) }).to eq([600])
        expect(in_child { node(store, 900) }).to eq([])
        expect(in_children(4) { node(store, 100_000) }.flatten).to eq([99_600])
        expect(in_children(2) { node(store, 100_100) }.flatten).to eq([])
        expect(in_child { node(store, 100_200) }).to eq([100_200])
      end

      it 'are not used up by a process that dies before its claim: the next one runs what was due' do
        in_child { node(store, 0) }
        expect(killed_node(store, 601)).to eq(Signal.list.fetch('KILL'))
        expect(in_child { node(store, 602) }).to eq([600])
      end
    end
  end

  # As after an update whose migration nobody has run.
  ['PostgreSQL table', 'MariaDB table'].each do |name|
    it "are left out while #{name} has no room for them, which the log tells once, with the cure" do
      store = Stores.named(name)
      store.begin
      store.server.query('DROP TABLE kaal_intervals')
      Kaal.logger = Logger.new(log = StringIO.new)
      expect([0, 601, 602, 603].flat_map { |seconds| node_again(store, seconds) }).to eq([])
      expect(log.string.scan(/asking for the last runs.*kaal_intervals.*Kaal.create_tables! makes/).size).to eq(1)
      store.adapter.create_tables
      expect(node_again(store, 604)).to eq([600])
    ensure
      store.finish
    end
  end
end
