# frozen_string_literal: true

require 'queue_delegate'

RSpec.describe Kaal::Queue::Server do
  let(:redis) { RedisServer.shared }
  let(:log) { StringIO.new }
  let(:delegate) { QueueDelegate.new }
  let(:settings) { { prefix: 'mails', backoff: 0.02..0.1, max_attempts: 2, lease: 1 } }
  let(:server) { described_class.new(delegate, redis.url, **settings) }

  before do
    redis.flush
    Kaal.logger = Logger.new(log)
  end

  after { server.stop(timeout: 5) }

  def started(**more, &)
    @delegate = QueueDelegate.new(&)
    @server = described_class.new(@delegate, redis.url, **settings, **more)
    @threads = @server.start
    @delegate
  end

  def events(pattern)
    seen = []
    subscriber = Kaal.subscribe(pattern) { |name, _, _, _, payload| seen << [name, payload] }
    yield
    seen
  ensure
    Kaal.unsubscribe(subscriber)
  end

  it 'has its delegate perform jobs, once each and in order' do
    server.call_many(Array.new(5) { |number| { 'number' => number } })
    one = described_class.new(delegate, redis.url, concurrency: 1, **settings)
    one.start
    expect(delegate.take(5)).to eq(Array.new(5) { |number| { 'number' => number } })
    one.stop
    expect([one.status.slice(:ready, :processing, :completed), redis.inspector.hlen('mails:jobs')])
      .to eq([{ ready: 0, processing: 0, completed: 5 }, 0])
  end

  it 'gives the id, a UUID unless it was told one, which is taken as long as its job is there' do
    expect(server.call({})).to match(/\A\h{8}-\h{4}-4\h{3}-[89ab]\h{3}-\h{12}\z/)
    expect(Array.new(2) { server.call({}, id: 'nightly') }).to eq(%w[nightly nightly])
    expect(server.call_many([{}, {}], ids: %w[nightly weekly])).to eq(%w[nightly weekly])
    expect(server.status[:ready]).to eq(3)
  end

  def nested(depth)
    (depth - 1).times.reduce({}) { |inner, _| { 'in' => inner } }
  end

  it 'writes each of many jobs as it writes one' do
    jobs = [{ 'a' => "ü\n\u2028" }, { 'b' => [1.5, nil, { c: 10**30 }] }, nested(100)]
    written = [jobs.map { |job| server.call(job) }, server.call_many(jobs)].map { |ids| redis.inspector.hmget('mails:jobs', *ids) }
    expect(written).to all(eq(jobs.map { |job| JSON.generate(job) }))
  end

  it 'has a coder write each of many jobs' do
    reversing = SimpleDelegator.new(Kaal::Queue::Coder::DEFAULT)
    reversing.define_singleton_method(:dump) { |job| job['text'].reverse }
    reversing.define_singleton_method(:load) { |string| { 'text' => string.reverse } }
    server = described_class.new(delegate, redis.url, **settings, coder: reversing)
    ids = server.call_many([{ 'text' => 'abc' }, { 'text' => 'de' }])
    expect([redis.inspector.hmget('mails:jobs', *ids), server.find(ids.last)]).to eq([%w[cba ed], { 'text' => 'de' }])
  end

  it 'gives back what it took early, when short jobs are followed by long ones' do
    gate = Thread::Queue.new
    first = started(concurrency: 2, max_attempts: 25) { |job| gate.pop if job['long'] }
    @server.call_many(([{}] * 500) + ([{ 'long' => true }] * 20))
    first.take(502)
    other = described_class.new(delegate, redis.url, **settings, concurrency: 20)
    other.start
    expect(delegate.take(18)).to all(eq({ 'long' => true }))
  ensure
    gate.close
    [@server, other].compact.each(&:stop)
  end

  it 'performs once what is ready twice' do
    2.times { redis.inspector.lpush('mails:ready', 'twice') }
    redis.inspector.hset('mails:jobs', 'twice', '{}')
    delegate = started(concurrency: 2) { nil }
    delegate.take(1)
    @server.stop
    expect([@server.status.slice(:ready, :dead, :completed), redis.inspector.keys('mails:{jobs,leases}'), delegate.calls.size])
      .to eq([{ ready: 0, dead: 0, completed: 1 }, [], 0])
  end

  it 'loses no job whose outcome Redis cannot take yet' do
    redis.inspector.set('mails:delayed', 'no set')
    delegate = started(concurrency: 1) { |job| raise 'failed' if job['bad'] }
    @server.call_many([{}, { 'bad' => true }, {}])
    delegate.take(3)
    wait_for('it to be told') { log.string.include?('WRONGTYPE') }
    redis.inspector.del('mails:delayed')
    expect(delegate.take(1)).to eq([{ 'bad' => true }])
    @server.stop
    expect(@server.status.slice(:ready, :delayed, :dead, :completed)).to eq(ready: 0, delayed: 0, dead: 1, completed: 2)
  end

  it 'starts once and tells its delegate of start and stop' do
    expect(server.start).to all(be_a(Thread))
    expect([server.start!, server.running?]).to eq([false, true])
    expect([server.stop, server.running?, delegate.told]).to eq([true, false, %i[start stop]])
  end

  it 'starts again after a stop' do
    2.times do
      server.start!
      server.call({})
      delegate.take(1)
      server.stop
    end
  end

  it 'performs a delayed job when it is due, whatever form its time has' do
    server.start
    times = [Time.now + 0.2, Time.now.to_f + 0.2, Time.now.to_i, (Time.now + 0.2).utc.iso8601(3),
             Struct.new(:to_time).new(Time.now - 300)]
    times.each { |time| server.call({ 'scheduled_at' => time }) }
    started_at = Time.now
    delegate.take(5)
    expect(Time.now - started_at).to be_between(0.1, 2)
  end

  it 'tries a job again that raised, with the next attempt, and then no more' do
    worker = started { raise 'no luck' }
    id = @server.call({ 'a' => 1 })
    worker.take(2)
    dead = wait_for('the dead job') { @server.dead.first }
    expect(dead.to_h).to include(id: id, reason: 'RuntimeError: no luck', attempts: 2, died_at: be_within(5).of(Time.now))
    expect(log.string).to match(/job #{id} of queue mails failed, attempt 1, and is tried again: RuntimeError: no luck/)
    expect([@server.find(id), @server.requeue(id)]).to eq([{ 'a' => 1 }, 1])
    worker.take(2)
    wait_for('it to be dead again') { @server.dead.any? }
    expect([@server.discard, @server.dead, @server.find(id)]).to eq([1, [], nil])
  ensure
    @server.stop
  end

  it 'does not try again what cannot get better, and goes on' do
    worker = started { |job| raise Kaal::Queue::Fatal, 'no such thing' if job['fatal'] }
    redis.inspector.hset('mails:jobs', 'garbled', '{oops')
    redis.inspector.lpush('mails:ready', %w[garbled missing])
    @server.call({ 'fatal' => true }, id: 'fatal')
    @server.call({})
    worker.take(2)
    reasons = wait_for('all to be dead') { @server.dead.size == 3 && @server.dead.to_h { |dead| [dead.id, dead.reason] } }
    expect(reasons).to match(
      'garbled' => /\Aits payload cannot be read: JSON::ParserError/, 'missing' => /\Aits payload is missing/,
      'fatal' => 'Kaal::Queue::Fatal: no such thing'
    )
  ensure
    @server.stop
  end

  it 'goes on after whatever a job raises or does' do
    worker = started(max_attempts: 1) do |job|
      case job['do']
      when 'exit' then exit(1)
      when 'throw' then throw :nowhere
      when 'class' then Object.const_get('NoSuchJob')
      when 'script' then raise NotImplementedError
      when 'bytes' then raise "\xff\xfe"
      when 'assert' then raise Class.new(Exception), 'as Minitest does' # rubocop:disable Lint/InheritException
      when 'signal' then raise Interrupt
      end
    end
    jobs = %w[exit throw class script bytes assert signal].map { |what| { 'do' => what } }
    @server.call_many(jobs * 4)
    worker.take(28)
    @server.call({ 'do' => 'nothing' })
    worker.take(1)
    wait_for('all to be dead') { @server.dead.size == 28 }
    expect(@server.dead.map(&:reason)).to include(/uninitialized constant NoSuchJob/, 'SystemExit: exit')
  ensure
    @server.stop
  end

  it 'gives a job back whose thread is killed, and does not count the attempt' do
    server.call({})
    attempts = events('perform.kaal') do
      worker = started(concurrency: 1) { sleep }
      worker.take(1)
      @threads.each(&:kill)
      wait_for('the job to be back') { redis.inspector.llen('mails:ready') == 1 }
      @server.stop
      started.take(1)
      @server.stop
    end
    expect(attempts.map { |_, payload| payload[:attempt] }).to eq([1, 1])
    expect(attempts.map { |_, payload| payload[:token] }).to eq([1, 2])
  end

  it 'lets jobs end when it stops, and takes no others' do
    gate = Thread::Queue.new
    worker = started(concurrency: 2) { gate.pop }
    @server.call_many([{}] * 5)
    worker.take(2)
    stopping = Thread.new { @server.stop(timeout: 10) }
    wait_for('the stop') { !@server.running? }
    gate.close
    expect(stopping.value).to be(true)
    expect([redis.inspector.llen('mails:ready'), redis.inspector.hlen('mails:jobs')]).to eq([3, 3])
    expect(redis.inspector.keys('mails:processing:*')).to eq([])
  end

  it 'hands back what does not end in time, at once' do
    worker = started(concurrency: 2) { sleep }
    @server.call_many([{ 'n' => 1 }, { 'n' => 2 }])
    worker.take(2)
    taken = seconds_of { expect(@server.stop(timeout: 0.2)).to be(false) }
    expect(taken).to be < 2
    expect([redis.inspector.llen('mails:ready'), redis.inspector.keys('mails:processing:*')]).to eq([2, []])
    expect(log.string).to include('jobs that did not end within 0.2 s were handed back')
  end

  it 'takes no more than it performs' do
    gate = Thread::Queue.new
    worker = started(concurrency: 3) { gate.pop }
    @server.call_many([{}] * 10)
    worker.take(3)
    expect(@server.status.slice(:ready, :processing)).to eq(ready: 7, processing: 3)
  ensure
    gate.close
    @server.stop
  end

  it 'performs one job where it was asked for one' do
    server.call({ 'a' => 1 })
    server.dequeue
    expect([delegate.take(1), server.running?]).to eq([[{ 'a' => 1 }], false])
    wait_for('it to be done') { server.status[:completed] == 1 }
  end

  it 'tells of what it does' do
    seen = events(/\A(enqueue|perform|dead)\.kaal\z/) do
      worker = started(max_attempts: 1) { |job| raise 'no' if job['bad'] }
      @server.call_many([{ 'bad' => true }, {}], ids: %w[bad good])
      worker.take(2)
      @server.stop
    end
    # ActiveSupport adds what was raised.
    seen.each { |_name, payload| payload.delete(:exception_object) && payload.delete(:exception) }
    expect(seen).to contain_exactly(
      ['enqueue.kaal', { prefix: 'mails', jobs: 2, ids: %w[bad good] }],
      ['perform.kaal', { prefix: 'mails', id: 'bad', attempt: 1, token: 1 }],
      ['perform.kaal', { prefix: 'mails', id: 'good', attempt: 1, token: 2 }],
      ['dead.kaal', { prefix: 'mails', id: 'bad', reason: 'RuntimeError: no' }]
    )
  end

  it 'says how it is doing as Async::Job does' do
    counts = { ready: 3_424, delayed: 1_000, processing: 7, completed: 2_345_678 }
    allow(server).to receive(:status).and_return(counts.merge(id: 'x'))
    expect(server.status_string).to eq('R=3.42K D=1000 P=7/2.35M')
    allow(server).to receive(:status).and_return(counts.merge(ready: 1_500, delayed: 2_000, id: 'x'))
    expect(server.status_string).to eq('R=1.5K D=2.0K P=7/2.35M')
  end

  it 'says that Redis fails, and that it works again' do
    own = RedisServer.new
    other = described_class.new(delegate, own.url, **settings)
    other.start
    other.call({})
    delegate.take(1)
    own.stop
    expect { other.call({}) }.to raise_error(Kaal::Backend::StoreError)
    expect { other.status }.to raise_error(Kaal::Backend::StoreError)
    wait_for('the report') { log.string.include?('queue mails: Redis fails, trying again') }
    own.start
    other.call({})
    delegate.take(1)
    wait_for('the report') { log.string.include?('queue mails: Redis works again') }
  ensure
    other.stop
    own.stop
  end

  it 'works with what a program has for its Redis' do
    require 'redis'
    endpoint = Struct.new(:url, :credentials).new("#{redis.url}/1", nil)
    clients = [Redis.new(url: "#{redis.url}/1"), URI("#{redis.url}/1"), endpoint, Struct.new(:endpoint).new(endpoint)]
    clients.each { |client| Kaal::Queue::Client.new(client, prefix: 'many').call({}) }
    expect(Redis.new(url: "#{redis.url}/1").llen('many:ready')).to eq(4)
  end

  it 'puts the braces around its prefix that Redis Cluster needs' do
    tagged = described_class.new(delegate, redis.url, **settings, hash_tag: true)
    tagged.call({})
    expect([tagged.prefix, redis.inspector.keys('*').sort]).to eq(['{mails}', %w[{mails}:jobs {mails}:ready]])
    expect(described_class.new(delegate, redis.url, prefix: '{a}:b', hash_tag: true).prefix).to eq('{a}:b')
  end

  it 'shows no password' do
    secret = described_class.new(delegate, 'redis://:s3cret@localhost', prefix: 'mails')
    expect(secret.inspect).to eq('#<Kaal::Queue::Server prefix="mails">')
  end

  context 'when it is given what it cannot use' do
    {
      'a job that is no Hash' => ['a job', /a job must be a Hash, is a String/],
      'what is no JSON' => [{ 'a' => Float::NAN }, /cannot be written as JSON/],
      'what is too deep' => [(1..100).reduce({}) { |inner, _| { 'in' => inner } }, /cannot be written as JSON: nesting of \d+ is too deep/],
      'bytes that are no text' => [{ 'a' => "\xff" }, /cannot be written as JSON/],
      'a time that is none' => [{ 'scheduled_at' => 'soon' }, /scheduled_at must be ISO 8601, .* is "soon"/],
      'a time of another kind' => [{ 'scheduled_at' => [] }, /scheduled_at must be a Time, unix seconds or an ISO 8601 String, is a Array/],
      'a time that never comes' => [{ 'scheduled_at' => Float::INFINITY }, /scheduled_at is no point in time: Infinity/],
      'a job of 50 MB' => [{ 'a' => 'x' * 50_000_000 }, /the job has 50\d{6} bytes, more than max_payload, which is 33554432/]
    }.each do |what, (job, message)|
      it "refuses #{what}, and adds nothing" do
        expect { server.call_many([{}, job]) }.to raise_error(ArgumentError, message)
        expect(server.status.slice(:ready, :delayed)).to eq(ready: 0, delayed: 0)
      end
    end

    { '{},{}' => /for 1 jobs 2 were written: a to_json/, '}' => /the jobs were not written as a JSON array/ }.each do |written, message|
      it "refuses a job that writes itself as #{written}, and adds nothing" do
        job = Class.new(Hash) { define_method(:to_json) { |*| written } }.new
        expect { server.call_many([job]) }.to raise_error(ArgumentError, message)
        expect(redis.inspector.keys('*')).to eq([])
      end
    end

    it 'refuses what are no jobs' do
      expect { server.call_many(nil) }.to raise_error(NoMethodError)
      expect { server.call_many({ 'to' => 'ada@example.com' }) }.to raise_error(ArgumentError, /a job must be a Hash, is a Array/)
    end

    {
      { prefix: '' } => /prefix must not be empty/, { coder: 1 } => /coder must have dump and load/,
      { lease: 0.1 } => /lease must be seconds, at least 0.5, is 0.1/, { resolution: 0 } => /resolution must be seconds above 0/,
      { max_attempts: 0 } => /max_attempts must be a whole number from 1, or Float::INFINITY, is 0/,
      { backoff: 5 } => /backoff must be a Range of seconds/, { backoff: 5..1 } => /backoff must be a Range of seconds/,
      { max_payload: -1 } => /max_payload must be a number of bytes above 0/, { colour: 1 } => /unknown keyword: :colour/,
      { concurrency: 0 } => /concurrency must be a whole number above 0, is 0/
    }.each do |options, message|
      it "refuses #{options}" do
        expect { described_class.new(delegate, redis.url, **options) }.to raise_error(ArgumentError, message)
      end
    end

    it 'refuses a delegate that performs nothing, and a client that it cannot connect like' do
      expect { described_class.new(Object.new, redis.url) }.to raise_error(ArgumentError, 'a delegate must have :call, got Object')
      expect { described_class.new(delegate, Object.new) }
        .to raise_error(ArgumentError, /a queue needs a URL, or a Redis client .* of this Object none can/)
    end
  end
end
