# frozen_string_literal: true

require 'stores'

# A fork of a process whose scheduler runs, as a preforking web server makes them.
RSpec.describe 'A forked child of a process with a scheduler' do
  let(:lines) { [] }

  # Runs every second, each told as process and fire time.
  def start(told)
    Kaal.configure do |config|
      config.backend = store.adapter
      config.enable_log_dispatch_registry = true
      config.recovery_startup_jitter = 0
      config.tick_interval = config.window_lookback = 1
    end
    Kaal.register(key: 'job', cron: '* * * * * *', enqueue: ->(fire_time:, **) { told.puts("#{Process.pid} #{fire_time.to_i}") })
    Kaal.start!
  end

  def listen(heard)
    Timeout.timeout(20) { lines << heard.gets until lines.any? && yield(lines.last) }
  end

  def run_in_child(told, gate, stop)
    in_child do
      stop.close
      answers = [Kaal.running?, Kaal.stop!, Kaal.start!.class, Kaal.start!, Kaal.running?]
      told.puts('up')
      gate.read
      [Process.pid.to_s, answers, [Kaal.stop!, Kaal.running?]]
    end
  end

  Stores::ALL.each_key do |name|
    context "with #{name}" do
      let(:store) { Stores.named(name) }

      before { store.begin }

      after do
        Kaal.stop!
        store.finish
      end

      it 'knows that nothing runs there, starts its own, and goes on without the parent' do
        heard, told = IO.pipe
        go, stop = IO.pipe
        start(told)
        listen(heard) { |line| line.to_i == Process.pid }
        child = Thread.new { run_in_child(told, go, stop) }
        listen(heard) { |line| line == "up\n" }
        expect([Kaal.running?, Kaal.stop!]).to eq([true, true])
        listen(heard) { |line| ![0, Process.pid].include?(line.to_i) }
        stop.close
        pid, *answers = child.value
        expect(answers).to eq([[false, true, Thread, nil, true], [true, false]])
        told.close
        runs = (lines + heard.readlines - ["up\n"]).map(&:split)
        expect(runs.map(&:first).uniq).to contain_exactly(Process.pid.to_s, pid)
        expect(runs.map(&:last).tally.values).to all(eq(1))
      end
    end
  end
end
