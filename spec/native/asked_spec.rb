# frozen_string_literal: true

require 'async'

# A proc that says how to connect is called in the middle of a wait, as any Ruby code: it may wait, be
# interrupted, raise and fork.
RSpec.describe 'A proc that is asked for a connection' do
  let(:native) { Kaal.const_get(:Native) }
  let(:server) { RedisServer.shared }
  let(:asked) { Queue.new }
  let(:failure) { Kaal::Backend::LockAdapterError }

  before { server.flush }

  def adapter
    Kaal::Backend::RedisAdapter.new(lambda {
      asked << Thread.current
      yield
    })
  end

  it 'is called on the thread that needs it, and holds up no other' do
    go = Queue.new
    slow = adapter { go.pop }
    thread = Thread.new { slow.acquire('slow', 60) }
    expect(asked.pop).to be(thread)
    expect(adapter { server.url }.acquire('quick', 60)).to be(true)
    expect([native.pause(0.05), thread.status]).to eq([nil, 'sleep'])
    go << server.url
    expect(thread.value).to be(true)
  end

  it 'may take longer than connecting may' do
    expect(adapter { sleep(1.2) && server.url }.acquire('key', 60)).to be(true)
  end

  it 'may itself use a store that asks' do
    inner = adapter { server.url }
    outer = adapter { inner.acquire('inner', 60) && server.url }
    expect([outer.acquire('outer', 60), inner.release('inner'), asked.size]).to eq([true, true, 2])
  end

  it 'may not use the store that it is asked for' do
    outer = adapter { outer.acquire('inner', 60) && server.url }
    expect { outer.acquire('outer', 60) }.to raise_error(failure, /url: proc raised \S+LockAdapterError/) { |error|
      expect(error.cause.cause.message).to match(/url: proc uses the store that it is asked for/)
    }
  end

  it 'may be interrupted, and is asked again by the next one', :unstressed do
    answers = [-> { sleep }, -> { sleep }, -> { server.url }]
    slow = adapter { answers.shift.call }
    taken = seconds_of { expect { Timeout.timeout(0.2) { slow.acquire('key', 60) } }.to raise_error(Timeout::Error) }
    expect(taken).to be_between(0.2, 0.4)
    thread = Thread.new { slow.acquire('key', 60) }
    wait_for('the proc to wait') { asked.size == 2 && thread.status == 'sleep' }
    expect(seconds_of { thread.kill.join }).to be < 0.2
    expect([slow.acquire('key', 60), asked.size]).to eq([true, 3])
  end

  it 'may raise what is no error, which goes out as it is' do
    answers = [-> { throw :out, :thrown }, -> { raise NotImplementedError, 'later' }, -> { exit(3) }, -> { server.url }]
    store = adapter { answers.shift.call }
    expect(catch(:out) { store.acquire('key', 60) }).to eq(:thrown)
    expect { store.acquire('key', 60) }.to raise_error(NotImplementedError, 'later')
    expect { store.acquire('key', 60) }.to raise_error(SystemExit)
    expect(store.acquire('key', 60)).to be(true)
  end

  it 'may fork: the wait of the child ends with an error' do
    reader, writer = IO.pipe
    child = nil
    parent = Process.pid
    store = adapter do
      child = fork
      server.url
    end
    begin
      won = store.acquire('key', 60)
    rescue failure => e
      writer.write(e.message)
    ensure
      exit!(true) unless Process.pid == parent
    end
    writer.close
    expect([won, reader.read]).to match([true, /the process forked while it was waiting/])
    Process.wait(child)
  end

  it 'is asked in a forked child, by that' do
    store = adapter { server.url }
    store.acquire('parent', 60)
    expect(in_child { [store.acquire('parent', 60), store.acquire('child', 60), asked.size] }).to eq([false, true, 2])
    expect([store.release('parent'), asked.size]).to eq([true, 1])
  end

  it 'holds up its fiber only, under a scheduler' do
    go = Queue.new
    slow = adapter { go.pop }
    won = Sync do |task|
      waiting = task.async { slow.acquire('slow', 60) }
      sleep 0.01 while asked.empty?
      go << server.url
      [waiting.wait, slow.acquire('next', 60)]
    end
    expect([won, asked.size]).to eq([[true, true], 1])
  end

  it 'may raise under a scheduler, and be given up', :unstressed do
    answers = [-> { raise IOError }, -> { sleep }, -> { server.url }]
    store = adapter { answers.shift.call }
    Sync { expect { store.acquire('key', 60) }.to raise_error(failure, /url: proc raised IOError/) }
    Sync do |task|
      expect { task.with_timeout(0.05) { store.acquire('key', 60) } }.to raise_error(Async::TimeoutError)
    end
    expect([Sync { store.acquire('key', 60) }, asked.size]).to eq([true, 3])
  end

  # A request that nobody waits for any more has no Ruby thread.
  it 'is not asked by what was abandoned, which ends without a connection', :unstressed do
    own = RedisServer.new
    store = adapter { own.url }
    store.acquire('warm-up', 60)
    own.pause
    before = abandoned
    expect { Timeout.timeout(0.1) { store.acquire('lock', 60) } }.to raise_error(Timeout::Error)
    own.stop(:KILL) # the abandoned request would connect anew
    own.start
    expect([store.acquire('lock', 60), store.release('lock')]).to eq([true, true])
    wait_for('the abandoned request to end') { (abandoned - before).empty? }
    expect(asked.size).to eq(2)
  ensure
    own&.stop(:KILL)
  end

  # The threads of such requests; other examples may have left some.
  def abandoned
    Dir['/proc/self/task/*/comm'].select do |file|
      File.read(file).start_with?('kaal-finish')
    rescue Errno::ENOENT, Errno::ESRCH
      false # it has ended
    end
  end

  it 'stays for as long as what it connects does' do
    log = adapter { server.url }.dispatch_registry
    10.times { GC.start }
    expect(log.log_dispatch('job', 60, 'node')).to include(key: 'job')
  end

  it 'is asked by many threads at once' do
    store = adapter do
      Thread.pass
      server.url
    end
    threads = Array.new(8) { |n| Thread.new { Array.new(20) { |m| store.acquire("#{n} #{m}", 60) }.all? } }
    expect(threads.map(&:value)).to all(be(true))
    expect(asked.size).to be_between(1, 8)
  end
end
