# frozen_string_literal: true

require 'redis'
require 'stores'

# A run whose dispatch the log cannot take is not dispatched.
RSpec.describe 'A log that fails' do
  let(:noon) { Time.utc(2026, 3, 1, 12, 0, 0) }
  let(:runs) { Queue.new }
  let(:log) { StringIO.new }

  def tick(seconds)
    allow(Time).to receive(:now).and_return(noon + seconds)
    Kaal.tick!
    Array.new(runs.size) { runs.pop }
  end

  shared_examples 'dispatches nothing' do
    before do
      Kaal.configure do |config|
        config.backend = adapter
        config.logger = Logger.new(log)
        config.enable_log_dispatch_registry = true
      end
      Kaal.register(key: 'job', cron: '0 12 * * *', enqueue: ->(fire_time:, **) { runs << fire_time })
    end

    it 'until the log is whole again, and then once, with its record' do
      breakdown
      expect([0, 5, 10].map { |seconds| tick(seconds) }).to eq([[], [], []])
      expect(log.string.scan(/claim .*failed, trying again/).size).to eq(3)
      mend
      expect([tick(15), tick(20)]).to eq([[noon], []])
      expect(adapter.dispatch_registry.find_dispatch('job', noon)).to include(status: 'dispatched')
    end
  end

  describe 'in Redis' do
    let!(:server) { RedisServer.new }
    let(:address) { server.url.sub('//', '//limited:secret@') }

    before { server.inspector.acl(:setuser, 'limited', 'on', '>secret', '~*', '&*', '+@all') }
    after { server.stop(:KILL) }

    describe 'by a connection of our own' do
      let(:adapter) { Kaal::Backend::RedisAdapter.new(address) }

      def breakdown = server.inspector.acl(:setuser, 'limited', '-setex')
      def mend = server.inspector.acl(:setuser, 'limited', '+setex')

      it_behaves_like 'dispatches nothing'
    end

    %i[get setex].each do |method|
      describe "by a client that must be called and fails at #{method}" do
        let(:client) do
          Class.new(Redis) do
            attr_accessor :broken

            define_method(method) { |*arguments| broken ? raise(Redis::ConnectionError, 'gone') : super(*arguments) }
          end.new(url: address)
        end
        let(:adapter) { Kaal::Backend::RedisAdapter.new(client) }

        def breakdown = client.broken = true
        def mend = client.broken = false

        it_behaves_like 'dispatches nothing'
      end
    end
  end

  Stores::ALL.except('Redis').each_key do |name|
    context "in #{name}" do
      let(:store) { Stores.named(name) }
      let(:adapter) { store.adapter }

      before { store.begin }
      after { store.finish }

      # In a child: our copy of SQLite and that of the gem must not have the file open in one process.
      def run(on_sqlite, statement)
        return store.server.query(statement) unless store.is_a?(Stores::OfSqlite)

        require 'sqlite3'
        in_child { SQLite3::Database.new(store.path).execute(on_sqlite) && nil }
      end

      def breakdown
        run("CREATE TRIGGER broken BEFORE INSERT ON kaal_dispatches BEGIN SELECT raise(ABORT, 'no'); END",
            'ALTER TABLE kaal_dispatches RENAME TO kaal_dispatches_away')
      end

      def mend
        run('DROP TRIGGER broken', 'ALTER TABLE kaal_dispatches_away RENAME TO kaal_dispatches')
      end

      it_behaves_like 'dispatches nothing'
    end
  end
end
