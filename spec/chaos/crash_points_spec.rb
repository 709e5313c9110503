# frozen_string_literal: true

require 'crash_points'
require 'stores'

# A process that dies at each point of a run's way, and what then becomes of the run: the tables of docs/guarantees.md.
RSpec.describe 'A crash' do
  let(:noon) { Time.utc(2026, 3, 1, 12, 0, 0) }
  let(:calls) { Queue.new }
  let(:lock) { "kaal:dispatch:team:job:#{noon.to_i}" }

  # What each guarantee is without a crash.
  settings = {
    at_most_once: { guarantee: :at_most_once, log: true },
    at_least_once: { guarantee: :at_least_once, log: true },
    without_log: { guarantee: :at_most_once, log: false }
  }

  # Where the process dies: how often the callback is called in all, and what the log says of the run then; nil: it has
  # no record. What fails is a callback that raises.
  outcomes = {
    at_most_once: {
      before_claim: [1, 'dispatched'], before_record: [1, 'dispatched'], after_record: [1, 'dispatched'],
      after_claim: [0, 'dispatched'], before_callback: [0, 'dispatched'], after_callback: [1, 'dispatched'],
      before_failure: [1, 'dispatched'], after_failure: [1, 'failed']
    },
    at_least_once: {
      before_claim: [1, 'dispatched'], before_record: [1, 'dispatched'], after_record: [1, 'dispatched'],
      after_claim: [1, 'dispatched'], before_callback: [1, 'dispatched'], after_callback: [2, 'dispatched'],
      before_close: [2, 'dispatched'], after_close: [1, 'dispatched'],
      before_failure: [2, 'failed'], after_failure: [2, 'failed']
    },
    without_log: { before_claim: [1, nil], after_claim: [0, nil], before_callback: [0, nil], after_callback: [1, nil] }
  }

  def node(setting, failing: false)
    Kaal.configure do |config|
      config.backend = store.adapter
      config.enable_log_dispatch_registry = setting[:log]
      config.window_lookback = 60
      # As short as it may be; without the log it is all that keeps a run from being called again.
      config.lease_ttl = setting[:log] ? 1 : 300
    end
    allow(Time).to receive(:now).and_return(noon)
    Kaal.register(key: 'team:job', cron: '0 12 * * *', guarantee: setting[:guarantee], enqueue: lambda { |idempotency_key:, **|
      calls << idempotency_key
      yield idempotency_key if block_given?
      raise 'on purpose' if failing
    })
  end

  # A process that comes to that point, and no further.
  def crash(setting, point, failing:)
    reader, writer = IO.pipe
    pid = fork do
      node(setting, failing: failing) { |key| writer.syswrite("#{key}\n") }
      CrashPoints.arm(point)
      Kaal.tick!
      exit!(0)
    end
    writer.close
    _, status = Process.wait2(pid)
    expect(status).to be_signaled
    reader.each_line(chomp: true) { |key| calls << key }
  end

  # The server may learn late that a process has gone.
  def wait_for_end_of_lease
    adapter = store.adapter
    wait_for('the end of the lease') { adapter.acquire(lock, 300) }
    adapter.release(lock)
  end

  Stores::ALL.each_key do |name|
    context "with #{name}" do
      let(:store) { Stores.named(name) }

      before { store.begin }

      after { store.finish }

      settings.keys.product(CrashPoints::ALL).each do |guarantee, point|
        # A script of Redis does all of it or nothing.
        next if name == 'Redis' && CrashPoints::IN_TRANSACTION.include?(point)
        # Where locks end with their process and nothing is recorded, no other process looks back to before its start.
        next if guarantee == :without_log && name.end_with?('sessions')

        # With session locks the record is a statement of its own, in no transaction that could end without it.
        next if guarantee == :at_most_once && name.end_with?('sessions') && point == :after_record

        times, status = outcomes.fetch(guarantee)[point]
        next unless times

        it "at the point #{point} means #{times} calls of a run, #{guarantee}" do
          setting = settings.fetch(guarantee)
          failing = point.end_with?('failure')
          crash(setting, point, failing: failing)
          wait_for_end_of_lease if setting[:log]
          node(setting, failing: failing)
          wait_for('the run') { [Kaal.tick!, calls.size >= times].last }
          3.times { Kaal.tick! }
          expect(Array.new(calls.size) { calls.pop }).to eq(["kaal-team:job-#{noon.to_i}"] * times)
          expect(status_in_log).to eq(status)
        end
      end
    end
  end

  def status_in_log
    store.adapter.dispatch_registry.find_dispatch('team:job', noon)&.fetch(:status)
  end
end
