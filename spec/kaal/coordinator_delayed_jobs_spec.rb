# frozen_string_literal: true

require 'delayed_jobs'

# The scheduler and delayed jobs.
RSpec.describe Kaal::Coordinator do
  let(:now) { Time.now }
  let(:log) { StringIO.new }
  let(:store) { Kaal.backend.delayed_store }

  before do
    Kaal.backend = Kaal::Backend::MemoryAdapter.new
    Kaal.logger = Logger.new(log)
    Mailing::Report.calls
  end

  def enqueue(job_id, at: now, job_class: Mailing::Report, **options)
    Kaal.enqueue_at(at: at, job_class: job_class, args: [job_id], job_id: job_id, **options)
  end

  # As another program would, with anything in it.
  def put(job_id, job_class: 'Mailing::Report', args: '[]')
    store.enqueue({ job_id: job_id, run_at: 0, job_class: job_class, args: args, queue: nil, created_at: 0 })
  end

  def next_call
    Timeout.timeout(10) { Mailing::Report::CALLS.pop }
  end

  # As if it had called so many before.
  def take_together(most)
    together = ->(take, time, _most, ttl) { take.call(time, most, ttl) }
    allow(store).to receive(:take).and_wrap_original(&together)
  end

  # An adapter of the app's whose store cannot be had for a while.
  def with_failing_store
    Kaal.configuration.tick_interval = 1
    failing = true
    allow(Kaal.backend).to receive(:delayed_store).and_wrap_original do |given|
      failing ? raise(IOError, 'no store') : given.call
    end
    yield
    failing = false
  end

  # A class for one example.
  def job_class(&)
    stub_const('Job', Class.new.tap { |job| job.define_singleton_method(:perform, &) })
  end

  it 'calls a job at its time, where it was enqueued' do
    enqueue('first')
    Kaal.start!
    next_call
    sleep 0.1 # it looks once more, and then in a second
    enqueue('far', at: now + 3_600)
    at = Time.now + 0.3
    enqueue('near', at: at)
    expect(next_call).to eq(['near'])
    expect(Time.now - at).to be_between(0, 0.25)
  end

  it 'calls what was pending before it was started' do
    enqueue('a')
    Kaal.start!
    expect(next_call).to eq(['a'])
  end

  it 'outlives a store that cannot be had' do
    enqueue('a')
    with_failing_store do
      Kaal.start!
      wait_for('a report') { log.string.include?('cannot look for delayed jobs, trying again: no store') }
    end
    expect(next_call).to eq(['a'])
  end

  it 'calls a class by the way that it has' do
    told = []
    stub_const('Job', Class.new do
      define_singleton_method(:set) { |**options| (told << options) && self }
      define_singleton_method(:perform_later) { |*args| told << args }
      define_singleton_method(:perform) { |*| told << :wrong }
    end)
    enqueue('a', job_class: 'Job', queue: 'low')
    enqueue('b', job_class: 'Job')
    Kaal.tick!
    expect(told).to eq([{ queue: 'low' }, ['a'], ['b']])
  end

  it 'tries again until the attempts are used up, in pauses that double' do
    Kaal.configuration.delayed_job_max_attempts = 4
    Mailing::Failing.failures = 9
    enqueue('a', job_class: Mailing::Failing)
    pauses = Array.new(3) do |n|
      allow(Time).to receive(:now).and_return(now + (n * 100))
      Kaal.tick!
      store.next_due.last
    end
    expect(pauses).to match([be_between(1, 1.25), be_between(2, 2.5), be_between(4, 5)])
    allow(Time).to receive(:now).and_return(now + 1_000)
    Kaal.tick!
    expect(Kaal.failed_delayed_jobs).to match([include(job_id: 'a', attempts: 4, error: 'RuntimeError: no a')])
  end

  # As so many processes that have died since, each after it had noted the call or before.
  def take_and_die(times, note: false)
    times.times do |n|
      allow(Time).to receive(:now).and_return(now + (n * 60))
      taken = store.take(Time.now, 1, 30).first
      store.note_call(taken[:id], taken[:attempts] + 1, 30) if note
    end
    allow(Time).to receive(:now).and_return(now + 1_000)
  end

  it 'gives up a job whose processes all died in its call' do
    Kaal.configuration.delayed_job_max_attempts = 2
    enqueue('a')
    take_and_die(2, note: true)
    Kaal.tick!
    expect(Mailing::Report.calls).to eq([])
    expect(Kaal.failed_delayed_jobs).to match([include(error: /called 2 times, and each time the process died/, attempts: 2)])
  end

  it 'calls a job that was taken more often than it may be called' do
    Kaal.configuration.delayed_job_max_attempts = 1
    enqueue('a')
    take_and_die(3)
    Kaal.tick!
    expect([Mailing::Report.calls, Kaal.failed_delayed_jobs]).to eq([[['a']], []])
  end

  it 'counts the call of a job that was taken before also if no word comes of it' do
    job_class { |*| sleep }
    enqueue('a', job_class: 'Job')
    take_and_die(1)
    expect { Timeout.timeout(0.2) { Kaal.tick! } }.to raise_error(Timeout::Error)
    allow(Time).to receive(:now).and_return(now + 2_000)
    expect(store.take(Time.now, 1, 30)).to match([include(attempts: 1)])
  end

  it 'leaves a job alone whose call it cannot note, and tells of it' do
    enqueue('a')
    take_and_die(1)
    allow(store).to receive(:note_call).and_raise(Kaal::Backend::StoreError, 'gone')
    Kaal.tick!
    expect([Mailing::Report.calls, store.counts[:claimed]]).to eq([[], 1])
    expect(log.string).to match(/cannot note the call of delayed job a .*: gone/)
  end

  it 'leaves a job alone that another has taken meanwhile' do
    enqueue('a')
    take_and_die(1)
    allow(store).to receive(:note_call).and_return(false)
    Kaal.tick!
    expect(Mailing::Report.calls).to eq([])
  end

  it 'asks for fewer when so many cannot be had' do
    20.times { |n| enqueue(n.to_s) }
    allow(store).to receive(:take).and_wrap_original do |take, time, most, ttl|
      raise Kaal::Backend::StoreError, 'no answer' if most > 2

      take.call(time, most, ttl)
    end
    called = []
    wait_for('all calls') { [Kaal.tick!, called.concat(Mailing::Report.calls)].last.size == 20 }
    expect(log.string).to include('cannot look for delayed jobs, trying again: no answer')
  end

  it 'forgets what is done soon, however long the next call takes' do
    arrived = Queue.new
    gate = Queue.new
    job_class { |*| [arrived << true, gate.pop] }
    enqueue('a')
    enqueue('b', job_class: 'Job')
    take_together(2)
    Kaal.start!
    Timeout.timeout(10) { arrived.pop }
    wait_for('the claim to be closed') { store.counts[:claimed] == 1 }
  ensure
    gate << true
  end

  it 'gives up at once what cannot be called, and goes on' do
    Kaal.configuration.delayed_job_allowed_class_prefixes = 'Mailing::'
    put('object', args: '{"a":1}')
    put('text', args: 'no JSON')
    put('forbidden', job_class: 'Kernel')
    put('unknown', job_class: 'Mailing::Gone')
    enqueue('z')
    Kaal.tick!
    errors = Kaal.failed_delayed_jobs.to_h { |job| job.values_at(:job_id, :error) }
    expect(errors).to match('object' => /args are no Array: \{"a":1\}/, 'text' => /args are no JSON: no JSON/,
                            'forbidden' => /job_class Kernel is not allowed/)
    expect(Mailing::Report.calls).to eq([['z']])
    # Another process may have it: a deploy is going on.
    expect(store.counts).to include(claimed: 1)
    expect(log.string).to include('unknown at 1970-01-01T00:00:00Z failed, trying again: Kaal::SchedulerConfigError')
  end

  it 'tells of each call and each failure' do
    told = []
    Kaal.subscribe('delayed_job.kaal') { |*, payload| told << payload }.then do |subscriber|
      failed = []
      Kaal.configuration.on_error { |error, context| failed << [error.message, context.slice(:job_id, :attempt)] }
      Mailing::Failing.failures = 1
      enqueue('a', at: now - 5, job_class: Mailing::Failing)
      Kaal.tick!
      expect(failed).to eq([['no a', { job_id: 'a', attempt: 1 }]])
    ensure
      Kaal.unsubscribe(subscriber)
    end
    expect(told).to match([include(job_id: 'a', job_class: 'Mailing::Failing', attempt: 1, lateness: be_between(5, 15))])
  end

  it 'calls within what wraps callbacks, where a job may ask anything of Kaal' do
    order = []
    Kaal.configuration.callback_wrapper = ->(&block) { [order << :in, block.call, order << :out] }
    job_class { |job_id| order << [job_id, Kaal.running?, Kaal.enqueue_at(at: 4_000_000_000, job_class: 'Job', args: [], job_id: job_id)[:job_id]] }
    enqueue('a', job_class: 'Job')
    Kaal.tick!
    expect(order).to eq([:in, ['a', false, 'a'], :out])
  end

  it 'counts as a failure that what wraps the call does not call it' do
    Kaal.configuration.callback_wrapper = ->(&) {}
    Kaal.configuration.delayed_job_max_attempts = 1
    enqueue('a')
    Timeout.timeout(5) { Kaal.tick! }
    expect(Kaal.failed_delayed_jobs).to match([include(job_id: 'a', error: /callback_wrapper has not called/)])
  end

  it 'calls on several threads where there are some' do
    Kaal.configuration.dispatch_threads = 3
    gate = Queue.new
    arrived = Queue.new
    job_class { |job_id| [arrived << job_id, gate.pop] }
    3.times { |n| enqueue(n.to_s, job_class: 'Job') }
    Kaal.start!
    expect(Array.new(3) { Timeout.timeout(10) { arrived.pop } }).to match_array(%w[0 1 2])
    3.times { gate << true }
    expect(Kaal.stop!).to be(true)
    expect(store.counts).to eq(pending: 0, claimed: 0, failed: 0)
  end

  it 'stops after the job that it calls, and leaves the others to whoever comes' do
    arrived = Queue.new
    gate = Queue.new
    8.times { |n| enqueue("before #{n}") } # after which it takes several at once
    job_class { |job_id| [arrived << job_id, gate.pop] }
    5.times { |n| enqueue("job #{n}", at: now + 0.001, job_class: 'Job') }
    take_together(13)
    Kaal.configuration.delayed_job_max_attempts = 1
    Kaal.start!
    Timeout.timeout(10) { arrived.pop }
    stopped = Thread.new { Kaal.stop! }
    wait_for('the stop') { stopped.status == 'sleep' }
    gate << true
    expect([stopped.value, arrived.size]).to eq([true, 0])
    expect(store.counts).to include(claimed: 4)
    expect(store.next_due.last).to be < 0.1
    4.times { gate << true }
    wait_for('the others to be called') { [Kaal.tick!, arrived.size == 4].last }
    expect(Kaal.failed_delayed_jobs).to eq([])
  end

  it 'goes on with the ticks while many jobs are due' do
    order = Queue.new
    Kaal.configuration.tick_interval = 1
    take_together(8)
    job_class { |job_id| [sleep(0.4), order << job_id] }
    8.times { |n| enqueue("job #{n}", job_class: 'Job') }
    subscriber = Kaal.subscribe('tick.kaal') { order << :tick }
    Kaal.start!
    seen = Array.new(6) { Timeout.timeout(10) { order.pop } }
    expect(seen.drop(1)).to include(:tick)
  ensure
    Kaal.unsubscribe(subscriber)
  end

  it 'calls all that is due in a tick, however long that takes' do
    Kaal.configuration.tick_interval = 0.01
    take_together(3)
    job_class { |job_id| [sleep(0.02), Mailing::Report.perform(job_id)] }
    3.times { |n| enqueue(n.to_s, job_class: 'Job') }
    Kaal.tick!
    expect(Mailing::Report.calls).to contain_exactly(['0'], ['1'], ['2'])
  end

  it 'leaves a job that was interrupted to the end of its lease' do
    job_class { |*| sleep }
    enqueue('a', job_class: 'Job')
    expect { Timeout.timeout(0.2) { Kaal.tick! } }.to raise_error(Timeout::Error)
    expect([store.counts, store.next_due.last]).to match([include(claimed: 1), be > 60])
  end

  it 'has none of its parent in a forked child' do
    enqueue('a')
    expect(in_child { [Kaal.tick!, Mailing::Report.calls].last }).to eq([])
    Kaal.tick!
    expect(Mailing::Report.calls).to eq([['a']])
  end

  it 'says in the status how many there are, if there are any' do
    status = -> { Kaal::RakeTasks.const_get(:Status).new.lines.grep(/elayed jobs/) }
    expect(status.call).to eq([])
    Kaal.configuration.delayed_job_max_attempts = 1
    Mailing::Failing.failures = 1
    enqueue('failing', job_class: Mailing::Failing)
    Kaal.tick!
    enqueue('a')
    expect(status.call).to eq(['Delayed jobs: 1 waiting, 0 running, 1 failed'])
  end

  context 'with a store' do
    let(:server) { RedisServer.shared }

    before do
      server.flush
      Kaal.backend = Kaal::Backend::RedisAdapter.new(server.url)
    end

    # How many commands come in so many seconds; of these one is the question.
    def commands(seconds)
      count = -> { server.inspector.info(:commandstats).sum { |name, stats| name == 'evalsha' ? stats['calls'].to_i : 0 } }
      before = count.call
      sleep seconds # what is not sent cannot be waited for
      count.call - before
    end

    it 'takes nothing more in a child that a job has forked' do
      parent = Process.pid
      child = nil
      job_class { |job_id| [Mailing::Report.perform(job_id), (child = fork if job_id == 'a')] }
      enqueue('a', at: now - 1, job_class: 'Job')
      enqueue('b', job_class: 'Job')
      Kaal.tick!
      exit!(Mailing::Report.calls.size) if Process.pid != parent
      _, status = Process.wait2(child)
      expect([status.exitstatus, Mailing::Report.calls]).to eq([1, [['a'], ['b']]])
    end

    it 'looks at most once a second while nothing is due, and never where they are turned off' do
      enqueue('now')
      enqueue('later', at: now + 3_600)
      Kaal.start!
      next_call
      wait_for('quiet') { commands(0.3).zero? }
      expect(commands(2.5)).to be_between(2, 3)
      Kaal.stop!
      Kaal.configuration.enable_delayed_jobs = false
      Kaal.start!
      expect(commands(1.5)).to eq(0)
    end
  end

  it 'says which table is missing, and is silent where there is none at all' do
    (server = PostgresServer.shared).reset
    Kaal.backend = Kaal::Backend::PostgresAdapter.new(server.url, lease: :table).tap(&:create_tables)
    enqueue('a')
    server.query('DROP TABLE kaal_delayed_claims')
    Kaal.tick!
    expect(log.string).to match(/cannot look for delayed jobs, trying again: .*kaal_delayed_claims.*create_tables!/)
    expect(Mailing::Report.calls).to eq([])
    server.query('DROP TABLE kaal_delayed_jobs')
    log.reopen(+'')
    Kaal.tick!
    expect(log.string).to eq('')
  end

  it 'is on its way to them with the helpers for specs' do
    require 'kaal/rspec/helpers'
    extend Kaal::RSpec::Helpers
    enqueue('a', at: now + 600)
    allow(Time).to receive(:now).and_return(now)
    travel_and_tick(700)
    expect(Mailing::Report.calls).to eq([['a']])
  end
end
