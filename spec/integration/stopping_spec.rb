# frozen_string_literal: true

require 'stores'

# A process whose traps do nothing but stop the scheduler.
RSpec.describe 'A process with a scheduler that is told to end' do
  def configure
    Kaal.configure do |config|
      config.backend = store.adapter
      config.enable_log_dispatch_registry = true
      config.recovery_startup_jitter = 0
      config.tick_interval = 60
      config.lease_ttl = 200
    end
  end

  # Tells `started`, each call with its fire time, and what became of the stop. A call lasts until `gate` is closed.
  def run(signal, cron, tell, gate)
    configure
    Kaal.register(key: 'job', cron: cron, enqueue: ->(fire_time:, **) { tell.puts("called #{fire_time.to_i}") || gate.read })
    stops = []
    trap(signal) { stops << Kaal.stop! }
    scheduler = Kaal.start!
    tell.puts('started')
    scheduler.join
    wait_for('the trap') { stops.any? }
    tell.puts("stopped #{stops} #{Kaal.running?}")
  ensure
    exit!(stops == [true])
  end

  # Gives the block its process id, what it tells, and what its calls wait for; it must end then.
  def scheduler(signal, cron)
    told, tell = IO.pipe
    gate, answer = IO.pipe
    pid = fork { [told, answer].each(&:close) && run(signal, cron, tell, gate) }
    [tell, gate].each(&:close)
    yield pid, told, answer
    expect(told.read).to eq("stopped [true] false\n")
  ensure
    [told, answer].each(&:close)
    expect(Timeout.timeout(10) { Process.wait2(pid) }.last.exitstatus).to eq(0)
  end

  Stores::ALL.keys.product(%i[TERM INT]).each do |name, signal|
    context "with #{name} by a #{signal}" do
      let(:store) { Stores.named(name) }

      before { store.begin }

      after { store.finish }

      it 'ends at once while nothing is due' do
        scheduler(signal, '0 0 29 2 *') do |pid, told|
          expect(told.gets).to eq("started\n")
          Process.kill(signal, pid)
          expect(told.wait_readable(2)).to be(told)
        end
      end

      it 'ends after the callback that runs, begins no other, and keeps the record of the run' do
        called = nil
        scheduler(signal, '* * * * * *') do |pid, told, answer|
          called = told.gets[/called (\d+)/, 1]&.to_i until called
          Process.kill(signal, pid)
          wait_for('the end not to come') { told.wait_readable(0.3).nil? || told.gets == "started\n" }
          answer.close
        end
        log = store.adapter.dispatch_registry
        expect(log.find_dispatch('job', called)).to include(status: 'dispatched')
        expect((1..5).map { |later| log.dispatched?('job', called + later) }).to all(be(false))
      end
    end
  end
end
