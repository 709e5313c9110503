# frozen_string_literal: true

require 'timeout'

# A thread that waits for a store must come back when Ruby wants it, and lose nothing by that.
# What measures time, or must have sent its request within a short time-out, is unstressed:
# collecting holds all threads up.
RSpec.describe 'A wait without the lock' do
  let(:native) { Kaal.const_get(:Native) }
  let(:server) { RedisServer.new }
  let(:backend) { Kaal::Backend::RedisAdapter.new(server.url) }

  def hang
    backend.acquire('warm-up', 60)
    server.pause
  end

  it 'lets other threads run', :unstressed do
    waiting = Thread.new { native.pause(60) }
    count = 0
    ticker = Thread.new { loop { count += 1 } }
    wait_for('the other thread to count') { count > 1_000 }
    expect(waiting).to be_alive
  ensure
    [waiting, ticker].each(&:kill)
  end

  it 'ends by Timeout within 0.2 s of its time', :unstressed do
    taken = seconds_of { expect { Timeout.timeout(0.2) { native.pause(10) } }.to raise_error(Timeout::Error) }
    expect(taken).to be_between(0.2, 0.4)
  end

  it 'ends by Thread#kill and Thread#raise within 0.2 s', :unstressed do
    thread = Thread.new { native.pause(10) }
    wait_for('the thread to wait') { thread.stop? || thread.status == 'sleep' }
    expect(seconds_of { thread.kill.join }).to be < 0.2
    thread = Thread.new { native.pause(10) }
    thread.report_on_exception = false
    wait_for('the thread to wait') { thread.status == 'sleep' }
    expect(seconds_of do
             thread.raise(IOError, 'stop')
             expect { thread.join }.to raise_error(IOError, 'stop')
           end).to be < 0.2
  end

  it 'ends by Ctrl-C within 0.2 s', :unstressed do
    taken = in_child do
      trap(:INT, 'DEFAULT')
      Thread.new do
        sleep 0.1
        Process.kill(:INT, Process.pid)
      end
      seconds_of { expect { native.pause(10) }.to raise_error(Interrupt) }
    end
    expect(taken).to be_between(0.1, 0.3)
  end

  it 'goes on after a trap', :unstressed do
    seen = 0
    previous = trap(:USR1) { seen += 1 }
    signaller = Thread.new do
      3.times do
        sleep 0.05
        Process.kill(:USR1, Process.pid)
      end
    end
    expect(seconds_of { native.pause(0.4) }).to be_between(0.4, 0.6)
    expect(seen).to eq(3)
  ensure
    signaller&.join
    trap(:USR1, previous || 'DEFAULT')
  end

  it 'keeps the lease that comes while a trap runs' do
    hang
    previous = trap(:USR1) { server.resume }
    signaller = Thread.new do
      sleep 0.1
      Process.kill(:USR1, Process.pid)
    end
    expect(backend.acquire('lock', 60)).to be(true)
    expect(backend.release('lock')).to be(true)
  ensure
    signaller&.join
    trap(:USR1, previous || 'DEFAULT')
    server.stop(:KILL)
  end

  it 'releases in the background what an abandoned acquire has won', :unstressed do
    hang
    expect { Timeout.timeout(0.1) { backend.acquire('lock', 60) } }.to raise_error(Timeout::Error)
    expect { Timeout.timeout(0.1) { backend.acquire_many(%w[a b], 60) } }.to raise_error(Timeout::Error)
    server.resume
    wait_for('the leases to be won and given back') do
      stats = server.inspector.info(:commandstats)
      stats['set'] && stats['evalsha'] && %w[lock a b].none? { |key| server.inspector.exists?(key) }
    end
    expect(backend.acquire('lock', 60)).to be(true)
  ensure
    server.stop(:KILL)
  end

  it 'wins again what an abandoned claim has won', :unstressed do
    Kaal.configuration.enable_log_dispatch_registry = true
    hang
    claim = -> { backend.claim_many([['job', 60]], Kaal.configuration) }
    expect { Timeout.timeout(0.1) { claim.call } }.to raise_error(Timeout::Error)
    server.resume
    wait_for('the run to be claimed') { server.inspector.exists?('kaal:dispatch:job:60') }
    # The answer is noted by a thread that nobody waits for.
    wait_for('the claim to be known as unheard') { claim.call == [true] }
    expect(claim.call).to eq([false])
  ensure
    server.stop(:KILL)
  end

  it 'may be ended while its error is made' do
    gone = Kaal::Backend::RedisAdapter.new("redis://127.0.0.1:#{RedisServer.free_port}")
    raised = in_child do
      Kaal::Backend::StoreError.prepend(Module.new { def initialize(*) = sleep })
      Timeout.timeout(0.2) { gone.acquire('lock', 60) }
    rescue Timeout::Error => e
      thread = Thread.new { gone.acquire('lock', 60) }
      wait_for('the error to be made') { thread.status == 'sleep' }
      [e.class.name, thread.kill.join(5).nil?]
    end
    expect(raised).to eq(['Timeout::Error', false])
  end

  it 'is over for all when many threads are interrupted at once', :unstressed do
    threads = Array.new(10) { Thread.new { native.pause(10) } }
    wait_for('all to wait') { threads.all? { |thread| thread.status == 'sleep' } }
    expect(seconds_of { threads.each(&:kill).each(&:join) }).to be < 1
  end
end
