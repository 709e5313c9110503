# frozen_string_literal: true

require 'queue_delegate'

# Several queues, one limit. What ActiveJob makes of it is in spec/rails/active_job_spec.rb.
RSpec.describe 'A worker of several queues' do # rubocop:disable RSpec/DescribeClass
  let(:redis) { RedisServer.shared }
  let(:urgent) { Kaal::Queue.named('urgent') }
  let(:later) { Kaal::Queue.named('later') }

  before do
    redis.flush
    Kaal.configuration.queue_redis = redis.url
    Kaal.configuration.queue_options = { lease: 1, backoff: 0.05..0.1 }
  end

  after { @worker&.stop(1) }

  def work(delegate, concurrency: 1, queues: %w[urgent later])
    worker = Kaal::Queue.const_get(:Worker).new(delegate, Kaal::Queue.location, queues, concurrency)
    @worker = worker.tap(&:start)
  end

  # How many jobs servers have taken.
  def taken
    redis.inspector.keys('kaal:queue:*:pending').sum { |key| redis.inspector.llen(key) }
  end

  it 'performs the jobs of the first queue first' do
    later.call_many(Array.new(3) { |number| { 'later' => number } })
    urgent.call_many(Array.new(3) { |number| { 'urgent' => number } })
    work(delegate = QueueDelegate.new)
    expect(delegate.take(6)).to eq([0, 1, 2].map { |number| { 'urgent' => number } } + [0, 1, 2].map { |number| { 'later' => number } })
  end

  # The lane of the first queue may be on its way to where it waits for a place: then one more of another comes first.
  it 'has a job of the first queue come before those of the others that wait' do
    gate = Thread::Queue.new
    work(delegate = QueueDelegate.new { gate.pop })
    later.call_many(Array.new(10) { |number| { 'later' => number } })
    delegate.take(1)
    urgent.call({ 'urgent' => 0 })
    11.times { gate << true }
    expect(delegate.take(10).index({ 'urgent' => 0 })).to be < 3
  end

  it 'performs so many at a time, of all queues together, and all of them' do
    mutex = Mutex.new
    now = most = 0
    work(delegate = QueueDelegate.new do
      mutex.synchronize { most = [most, now += 1].max }
      sleep 0.002
      mutex.synchronize { now -= 1 }
    end, concurrency: 3, queues: %w[urgent later last])
    jobs = Array.new(100) { |number| { 'number' => number } }
    [urgent, later, Kaal::Queue.named('last')].each { |queue| queue.call_many(jobs) }
    expect(delegate.take(300, seconds: 30).tally.values.uniq).to eq([3])
    expect(most).to eq(3)
  end

  it 'takes no job that it has no thread for' do
    gate = Thread::Queue.new
    work(delegate = QueueDelegate.new { |job| gate.pop if job['hold'] }, concurrency: 2)
    [urgent, later].each { |queue| queue.call({}) }
    delegate.take(2) # both wait for more now
    [urgent, later].each { |queue| queue.call_many([{ 'hold' => true }] * 3) }
    delegate.take(2)
    wait_for('all others to be ready') { [urgent, later].sum { |queue| queue.status[:ready] } == 4 && taken == 2 }
    expect(delegate.calls.size).to eq(0)
    6.times { gate << true }
    delegate.take(4)
  end

  it 'goes on after a job that ends its thread' do
    ended = 0
    work(delegate = QueueDelegate.new { |job| Thread.exit if job['exit'] && (ended += 1) < 3 }, concurrency: 1)
    later.call({ 'exit' => true })
    later.call({})
    expect(delegate.take(4).count({})).to eq(1)
  end

  it 'tries a job again that raised, and puts it among the dead in the end' do
    Kaal.configuration.queue_options = { max_attempts: 2, backoff: 0.02..0.05 }
    work(delegate = QueueDelegate.new { raise 'no luck' })
    id = later.call({})
    delegate.take(2)
    expect(wait_for('the dead job') { later.dead.first }.to_h).to include(id: id, attempts: 2, reason: 'RuntimeError: no luck')
  end

  it 'waits for the jobs that run, of all queues at once, and hands those back that do not end' do
    gate = Thread::Queue.new
    worker = work(delegate = QueueDelegate.new { |job| job['stay'] ? sleep : gate.pop }, concurrency: 4)
    [urgent, later].each { |queue| queue.call_many([{}, { 'stay' => true }]) }
    delegate.take(4)
    2.times { gate << true }
    expect(seconds_of { expect(worker.stop(1)).to be(false) }).to be < 4
    expect([urgent, later].map { |queue| queue.status.slice(:ready, :dead) }).to eq([{ ready: 1, dead: 0 }] * 2)
    expect(taken).to eq(0)
  end

  it 'stops where nothing runs, and where everything is taken' do
    expect(work(QueueDelegate.new).stop(5)).to be(true)
    gate = Thread::Queue.new
    worker = work(delegate = QueueDelegate.new { gate.pop })
    later.call_many([{}] * 3)
    urgent.call({})
    delegate.take(1)
    gate << true
    stopping = Thread.new { worker.stop(5) }
    gate.close
    expect([stopping.value, urgent.status[:processing], later.status[:processing]]).to eq([true, 0, 0])
  end

  {
    ['', 1] => 'queues must be names with commas in between, are ""',
    ['a,,b', 1] => 'queues must be names with commas in between, are "a,,b"',
    ['a,b,a', 1] => 'queue a is named more than once',
    ['a', 0] => 'concurrency must be a whole number above 0, is 0',
    ['a', 1.5] => 'concurrency must be a whole number above 0, is 1.5'
  }.each do |(names, concurrency), message|
    it "refuses the queues #{names.inspect} with #{concurrency} jobs at a time" do
      expect { Kaal::Queue.worker(names.split(',', -1), concurrency) }.to raise_error(ArgumentError, message)
    end
  end
end
