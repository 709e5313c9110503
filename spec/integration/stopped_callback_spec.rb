# frozen_string_literal: true

# What wraps callbacks comes between the last look at a lease and the call: a process may stand still there, too.
RSpec.describe 'A process that is stopped right before a callback, for longer than its lease' do
  let(:noon) { Time.utc(2026, 3, 1, 12, 0, 0) }
  let(:calls) { Queue.new }
  let(:log) { StringIO.new }

  before { RedisServer.shared.flush }

  def node(guarantee, lease)
    Kaal.configure do |config|
      config.backend = Kaal::Backend::RedisAdapter.new(RedisServer.shared.url)
      config.enable_log_dispatch_registry = guarantee == :at_least_once
      config.lease_ttl = lease
      config.window_lookback = 60
      config.logger = Logger.new(log)
    end
    allow(Time).to receive(:now).and_return(noon)
    Kaal.register(key: 'job', cron: '0 12 * * *', guarantee: guarantee, enqueue: ->(**) { calls << Process.pid })
  end

  # A process that has claimed the run and stands still; it ends with the number of its calls, and says what it logs.
  def stopped_node(guarantee, writer)
    pid = fork do
      node(guarantee, 1)
      Kaal.configuration.callback_wrapper = lambda do |&callback|
        Process.kill(:STOP, Process.pid)
        callback.call
      end
      Kaal.tick!
      writer.write(log.string)
      exit!(calls.size)
    end
    Process.wait(pid, Process::WUNTRACED)
    pid
  end

  { at_most_once: 'claiming it anew', at_least_once: 'it is left to others' }.each do |guarantee, words|
    it "leaves a run #{guarantee} to who has it since" do
      reader, writer = IO.pipe
      pid = stopped_node(guarantee, writer)
      # Longer than the other takes to go on.
      node(guarantee, 300)
      wait_for('the end of the lease') { Kaal.backend.acquire("kaal:dispatch:job:#{noon.to_i}", 1) }
      Kaal.backend.release("kaal:dispatch:job:#{noon.to_i}")
      wait_for('the run') { [Kaal.tick!, calls.size.positive?].last }
      Process.kill(:CONT, pid)
      _, status = Process.wait2(pid)
      writer.close
      expect([status.exitstatus, calls.size]).to eq([0, 1])
      expect(reader.read).to include("the lease of job job at 2026-03-01T12:00:00Z ended before it could be called; #{words}")
    ensure
      [reader, writer].each(&:close)
    end
  end
end
