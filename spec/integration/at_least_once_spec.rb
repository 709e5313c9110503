# frozen_string_literal: true

require 'stores'

# Jobs that are to run at least once, and processes that die with them.
RSpec.describe 'A job that is to run at least once' do
  let(:noon) { Time.utc(2026, 3, 1, 12, 0, 0) }
  let(:calls) { Queue.new }

  # A node whose clock stands still. The lease is as short as it may be.
  def node(time, &callback)
    Kaal.configure do |config|
      config.backend = store.adapter
      config.enable_log_dispatch_registry = true
      config.lease_ttl = 1
      config.window_lookback = 60
    end
    Kaal.register(key: 'team:job', cron: '0 12 * * *', guarantee: :at_least_once, enqueue: callback)
    allow(Time).to receive(:now).and_return(time)
  end

  # Another process at noon, which tells what its callback is called with before it does as the block says.
  def other_node
    reader, writer = IO.pipe
    pid = fork do
      reader.close
      node(noon) do |idempotency_key:, **|
        writer.puts(idempotency_key)
        yield
      end
      Kaal.tick!
      exit!
    end
    writer.close
    [pid, reader]
  end

  Stores::ALL.each_key do |name|
    context "with #{name}" do
      let(:store) { Stores.named(name) }

      before { store.begin }

      after { store.finish }

      it 'is called again, once and with the same key, when its process was killed' do
        pid, told = other_node { Process.kill(:KILL, Process.pid) }
        Process.wait(pid)
        key = told.read.chomp
        node(noon + 3_600) { |idempotency_key:, fire_time:, **| calls << [idempotency_key, fire_time] }
        wait_for('the take-over') { [Kaal.tick!, calls.size.positive?].last }
        claims = store.adapter.open_claims
        expect(claims.renew_claims([['team:job', noon.to_i]], namespace: 'kaal', node_id: 'me', ttl: 1)).to eq([false])
        expect(Array.new(calls.size) { calls.pop }).to eq([[key, noon]])
        expect(key).to eq("kaal-team:job-#{noon.to_i}")
      end

      it 'is left out where its table is missing, and keeps no other job from running', unless: %w[Redis SQLite].include?(name) do
        store.server.query('DROP TABLE kaal_claims')
        log = StringIO.new
        node(noon) { |**| calls << :open }
        Kaal.logger = Logger.new(log)
        Kaal.register(key: 'plain', cron: '0 12 * * *', enqueue: ->(**) { calls << :plain })
        Kaal.tick!
        expect([calls.pop, calls.size]).to eq([:plain, 0])
        expect(log.string).to match(/job team:job is left out: guarantee: :at_least_once needs the table kaal_claims: .*create_tables!/)
      end

      it 'is not called again while its callback runs, for however many leases' do
        ends = IO.pipe
        pid, told = other_node { ends.first.read(1) }
        expect(told.gets).not_to be_nil
        node(noon + 3_600) { |**| calls << :called }
        limit = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 2.5
        Kaal.tick! until Process.clock_gettime(Process::CLOCK_MONOTONIC) > limit
        ends.last.write('.')
        Process.wait(pid)
        Kaal.tick!
        expect(calls).to be_empty
      ensure
        ends.each(&:close)
      end
    end
  end
end
