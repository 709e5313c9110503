# frozen_string_literal: true

require 'async'
require 'queue_delegate'

# The server with the async gem.
RSpec.describe 'Kaal::Queue::Server in tasks' do # rubocop:disable RSpec/DescribeClass
  let(:redis) { RedisServer.shared }
  let(:settings) { { prefix: 'mails', lease: 1 } }

  before { redis.flush }

  def server(delegate, **more)
    Kaal::Queue::Server.new(delegate, redis.url, **settings, **more)
  end

  it 'performs a thousand jobs that sleep at the same time, on one thread' do
    threads = Thread::Queue.new
    delegate = QueueDelegate.new do
      threads << Thread.current
      sleep 0.1
    end
    queue = server(delegate)
    queue.call_many([{}] * 1_000)
    taken = seconds_of do
      Sync do
        expect(queue.start).to be_a(Async::Task)
        sleep 0.01 until delegate.calls.size == 1_000
        queue.stop
      end
    end
    expect(taken).to be < 3
    expect([Array.new(threads.size) { threads.pop }.uniq.size, redis.inspector.hlen('mails:jobs')]).to eq([1, 0])
  end

  it 'has no more tasks at a time than it may' do
    running = 0
    most = 0
    delegate = QueueDelegate.new do
      most = [most, running += 1].max
      sleep 0.01
      running -= 1
    end
    queue = server(delegate, concurrency: 7)
    queue.call_many([{}] * 50)
    Sync do |task|
      queue = server(delegate, concurrency: 7, parent: task)
      queue.start!
      sleep 0.01 until delegate.calls.size == 50
      queue.stop
    end
    expect(most).to eq(7)
  end

  # In async 1 a sleep keeps the reactor, also in a transient task.
  it 'gives back what runs when the reactor ends, which does not wait for it' do
    pipes = []
    delegate = QueueDelegate.new { (pipes << IO.pipe).last.first.read(1) }
    queue = server(delegate)
    queue.call_many([{}] * 3)
    Sync do
      queue.start
      sleep 0.01 until delegate.calls.size == 3
    end
    wait_for('the jobs to be back') { redis.inspector.llen('mails:ready') == 3 }
    queue.stop
  end

  it 'hands back what does not end in time' do
    delegate = QueueDelegate.new { sleep 1_000 }
    queue = server(delegate)
    queue.call_many([{}] * 3)
    Sync do
      queue.start
      sleep 0.01 until delegate.calls.size == 3
      expect(queue.stop(timeout: 0.1)).to be(false)
    end
    expect(redis.inspector.llen('mails:ready')).to eq(3)
  end

  it 'performs one job in a task, where it was asked for one' do
    delegate = QueueDelegate.new
    queue = server(delegate)
    queue.call({ 'a' => 1 })
    Sync { |task| queue.dequeue(task).wait }
    expect(delegate.take(1)).to eq([{ 'a' => 1 }])
    queue.stop
  end
end
