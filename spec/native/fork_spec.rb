# frozen_string_literal: true

# A forked child shares nothing of what its parent's core was doing.
RSpec.describe 'Forking' do
  let(:native) { Kaal.const_get(:Native) }
  let(:server) { RedisServer.shared }
  let(:backend) { Kaal::Backend::RedisAdapter.new(server.url) }

  before { server.flush }

  it 'before the first use leaves both to make their own connections' do
    backend
    expect(in_child { [backend.acquire('a', 60), backend.release('a')] }).to eq([true, true])
    expect([backend.acquire('a', 60), backend.release('a')]).to eq([true, true])
  end

  it 'after a use leaves the connection to the parent' do
    backend.acquire('a', 60)
    expect(in_child { [backend.acquire('a', 60), backend.acquire('b', 60), backend.release('a')] })
      .to eq([false, true, false])
    expect([backend.acquire('b', 60), backend.release('a'), backend.acquire('c', 60)]).to eq([false, true, true])
  end

  # The time-out of the waiting thread goes on while a stressed child is slow.
  it 'during a wait of another thread leaves that to the parent', :unstressed do
    own = RedisServer.new
    busy = Kaal::Backend::RedisAdapter.new(own.url)
    busy.acquire('warm-up', 60)
    own.pause
    waiting = Thread.new { busy.acquire('a', 60) }
    wait_for('the thread to wait') { waiting.status == 'sleep' }
    expect(in_child { [backend.acquire('b', 60), native.pause(0.01)] }).to eq([true, nil])
    own.resume
    expect(waiting.value).to be(true)
    expect(in_child { busy.acquire('a', 60) }).to be(false)
  ensure
    own&.stop(:KILL)
  end

  it 'again in a child works, and the adapters can be collected there' do
    backend.acquire('a', 60)
    expect(in_child do
      grandchild = in_child { backend.acquire('c', 60) }
      @backend = nil
      GC.start
      [grandchild, backend.acquire('d', 60)]
    end).to eq([true, true])
  end

  it 'in a trap during a wait ends the wait of the child with an error' do
    reader, writer = IO.pipe
    previous = trap(:USR1) { @child = fork }
    signaller = Thread.new do
      sleep 0.1
      Process.kill(:USR1, Process.pid)
    end
    begin
      native.pause(0.5)
      Process.wait(@child)
    rescue Kaal::Backend::StoreError => e
      writer.write(e.message)
      exit!(true)
    end
    writer.close
    expect(reader.read).to eq('the process forked while it was waiting')
  ensure
    signaller&.join
    trap(:USR1, previous || 'DEFAULT')
  end

  it 'many times at once, from many threads, harms nobody' do
    threads = Array.new(4) do |number|
      Thread.new { Array.new(25) { |n| backend.acquire("#{number}-#{n}", 60) }.all? }
    end
    children = Array.new(8) { |n| in_child { backend.acquire("child-#{n}", 60) } }
    expect(threads.map(&:value) + children).to all(be(true))
  end
end
