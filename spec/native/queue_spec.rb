# frozen_string_literal: true

require 'queue_delegate'

# The queue where Ruby and the core meet: forks, interrupts, garbage.
RSpec.describe 'A native queue' do
  let(:redis) { RedisServer.shared }
  let(:settings) { { prefix: 'native', lease: 1 } }
  let(:delegate) { QueueDelegate.new }
  let(:server) { Kaal::Queue::Server.new(delegate, redis.url, **settings) }
  let(:queue) { server.send(:begin_run).queue }

  before { redis.flush }

  after { server.stop(timeout: 1) }

  # As workers do: what it has got hold of when it is killed, it settles itself.
  def take_and_give_back
    Thread.handle_interrupt(Object => :on_blocking) { queue.take(1, 10).each { |id, token| queue.give_back(id, token) } }
  end

  it 'gives back what comes for a caller that has gone' do
    5.times do
      thread = Thread.new { take_and_give_back }
      wait_for('the thread to wait') { thread.status == 'sleep' }
      server.call({})
      thread.kill.join
      job = wait_for('the job') { queue.take(1, 1).first }
      queue.done(job[0], job[1])
    end
    wait_for('all to be done') { redis.inspector.hlen('native:jobs').zero? }
  end

  # It measures time.
  it 'is interrupted in a wait at once', :unstressed do
    expect(seconds_of { expect { Timeout.timeout(0.2) { queue.take(1, 10) } }.to raise_error(Timeout::Error) }).to be < 1
  end

  # Its threads wait in the core, and while one does all of Ruby would be stressed.
  it 'is another server in a forked child, which is not started', :unstressed do
    server.start
    server.call({})
    delegate.take(1)
    child = in_child do
      started = [server.running?, server.status[:id]]
      server.start
      ended = wait_for('a job that the parent leaves to it') { server.call({}) && server.status[:completed].positive? }
      [*started, ended, server.stop]
    end
    expect(child).to match([false, be_a(String), true, true])
    expect([server.running?, child[1] == server.status[:id]]).to eq([true, false])
  end

  it 'leaves a job to the parent that forks within it and goes on in the child' do
    reader, writer = IO.pipe
    in_the_child = lambda do
      writer.write('.')
      # Where it goes on: out of the job, and back to the worker's loop, which ends.
    end
    work = QueueDelegate.new { fork || in_the_child.call }
    forking = Kaal::Queue::Server.new(work, redis.url, **settings, concurrency: 1)
    forking.start
    forking.call({})
    reader.read(1)
    wait_for('it to be done') { redis.inspector.hlen('native:jobs').zero? }
    expect(forking.status[:completed]).to eq(1)
  ensure
    forking.stop
  end

  it 'leaves when nobody has it any more' do
    Thread.new { Kaal::Queue::Server.new(delegate, redis.url, **settings).send(:begin_run) && nil }.join
    wait_for('the heartbeat') { redis.inspector.scard('native:servers') == 1 }
    wait_for('its end') do
      GC.start
      redis.inspector.scard('native:servers').zero?
    end
  end
end
