# frozen_string_literal: true

require 'command_line'
require 'rails_app'

# ActiveJob's adapter and `kaal work`, in processes of their own, as people run them.
RSpec.describe 'ActiveJob in a Rails app' do # rubocop:disable RSpec/DescribeClass
  let(:redis) { RedisServer.shared }
  let(:settings) { 'config.active_job.queue_adapter = :kaal' }
  let(:app) { RailsApp.new(settings: settings) }
  let(:environment) { { REDIS_URL: redis.url } }
  let(:default) { Kaal::Queue.named('default') }

  # A job notes on a line of the file `runs` what it was given, when it begins and when it is done; meanwhile it waits
  # while there is a file `hold`.
  before do
    redis.flush
    Kaal.configuration.queue_redis = redis.url
    app.write('config/initializers/kaal.rb', "Kaal.configuration.queue_options = { lease: 1, max_attempts: 2, backoff: 0.05..0.1 }\n")
    app.write('app/jobs/note_job.rb', <<~RUBY)
      class NoteJob < ActiveJob::Base
        def perform(what, **more)
          note(['begun', what, *more.values].join(' '))
          sleep 0.01 while File.exist?('hold')
          note("done \#{what}")
        end

        def note(line) = File.write('runs', "\#{line}\\n", mode: 'a')
      end
    RUBY
  end

  after { app.remove }

  def work(*arguments, **more)
    process = app.start(*CommandLine::COMMAND, 'work', *arguments, **environment, **more)
    app.wait_for('the start', seconds: 30) { process.output.include?('worker started') || process.ended? }
    process
  end

  def ended(process, signal = :TERM)
    process.signal(signal)
    process.wait
  end

  def runner(code)
    app.runner(code, **environment)
  end

  def runs = app.read('runs').lines.map(&:chomp)

  def wait_for_runs(line, count = 1)
    app.wait_for(line, seconds: 20) { runs.count(line) == count }
  end

  it 'has jobs performed, now and at their time, and says under which id' do
    output = runner(<<~RUBY)
      job = NoteJob.perform_later('now', size: 1)
      later = NoteJob.set(wait: 1).perform_later('later')
      puts [job, later].map(&:provider_job_id)
    RUBY
    ids = output.split
    expect(default.status).to include(ready: 1, delayed: 1)
    expect(default.find(ids.first)).to include('job_class' => 'NoteJob', 'provider_job_id' => ids.first, 'queue_name' => 'default')
    process = work
    ['done now', 'done later'].each { |line| wait_for_runs(line) }
    expect(runs.grep(/now/)).to eq(['begun now 1', 'done now'])
    expect(ended(process).exitstatus).to eq(0)
    expect(process.output).to match(/INFO  Kaal worker started: queues default; 10 jobs at a time\n.*Received TERM, stopping .*\n.*worker stopped\n\z/)
  end

  it 'adds many jobs at once, to their queues' do
    output = runner(<<~RUBY)
      jobs = [NoteJob.new('one'), NoteJob.new('two').tap { |job| job.queue_name = 'mailers' },
              NoteJob.new('three').tap { |job| job.scheduled_at = Rails.version >= '7.1' ? Time.now + 60 : Time.now.to_f + 60 }]
      p ActiveJob::Base.queue_adapter.enqueue_all(jobs)
      p jobs.map { |job| job.provider_job_id.size }.uniq
      p(Rails.version >= '7.1' ? ActiveJob.perform_all_later(NoteJob.new('four')).nil? && jobs.all?(&:successfully_enqueued?) : true)
    RUBY
    expect(output).to eq("3\n[36]\ntrue\n")
    expect([default.status[:delayed], Kaal::Queue.named('mailers').status[:ready]]).to eq([1, 1])
  end

  it 'performs the jobs of several queues, the first ones first, and so many at a time in all' do
    runner(<<~RUBY)
      2.times { |number| NoteJob.set(queue: :later).perform_later("later\#{number}") }
      2.times { |number| NoteJob.set(queue: :urgent).perform_later("urgent\#{number}") }
      NoteJob.perform_later('of no queue that is asked for')
    RUBY
    process = work('--queues', 'urgent,later', '--concurrency', '1')
    wait_for_runs('done later1')
    expect(runs).to eq(%w[urgent0 urgent1 later0 later1].flat_map { |name| ["begun #{name}", "done #{name}"] })
    expect([default.status[:ready], ended(process, :INT).exitstatus]).to eq([1, 0])
  end

  it 'lets a job end that runs when it is told to stop' do
    app.write('hold', '')
    runner('3.times { |number| NoteJob.perform_later(number) }')
    process = work('--concurrency', '1')
    wait_for_runs('begun 0')
    process.signal(:TERM)
    app.wait_for('the signal') { process.output.include?('Received TERM') }
    FileUtils.rm(app.path('hold'))
    expect(process.wait.exitstatus).to eq(0)
    expect([runs, default.status.slice(:ready)]).to eq([['begun 0', 'done 0'], { ready: 2 }])
  end

  it 'hands a job back that does not end in time, and says so' do
    app.write('hold', '')
    runner("NoteJob.perform_later('it')")
    process = work('--timeout', '1')
    wait_for_runs('begun it')
    expect(ended(process).exitstatus).to eq(1)
    expect(process.output).to end_with("kaal work failed: jobs that did not end within 1 s were handed back\n")
    expect(default.status[:ready]).to eq(1)
  end

  it 'ends at once by a second signal; the job runs again' do
    app.write('hold', '')
    runner("NoteJob.perform_later('it')")
    process = work
    wait_for_runs('begun it')
    process.signal(:TERM)
    app.wait_for('the signal') { process.output.include?('Received TERM') }
    process.signal(:INT)
    expect(process.wait(5).exitstatus).to eq(1)
    expect(process.output).to end_with("kaal work failed: forced to end by INT, while jobs were running\n")
    FileUtils.rm(app.path('hold'))
    work
    wait_for_runs('done it')
  end

  it 'has a job run again whose process was killed' do
    app.write('hold', '')
    runner("NoteJob.perform_later('it')")
    process = work
    wait_for_runs('begun it')
    process.signal(:KILL)
    process.wait
    FileUtils.rm(app.path('hold'))
    work
    wait_for_runs('done it')
    expect(runs).to eq(['begun it', 'begun it', 'done it'])
  end

  it 'performs jobs within the executor, each with attributes of its own' do
    app.write('app/jobs/current.rb', "class Current < ActiveSupport::CurrentAttributes\n  attribute :user\nend\n")
    app.write('app/jobs/user_job.rb', <<~RUBY)
      class UserJob < NoteJob
        def perform(user)
          note("\#{user} after \#{Current.user.inspect} \#{Rails.application.executor.active?}")
          Current.user = user
        end
      end
    RUBY
    runner('%w[ada bob].each { |user| UserJob.perform_later(user) }')
    work('--concurrency', '1')
    wait_for_runs('bob after nil true')
  end

  it 'tries again what fails, as the job says or else as the queue does' do
    app.write('app/jobs/failing_job.rb', <<~RUBY)
      class FailingJob < NoteJob
        discard_on(IndexError)
        retry_on(KeyError, wait: 0, attempts: 3) { |job, _| job.note('given up') } # the later declared comes first

        def perform(error)
          note(error)
          raise Object.const_get(error), 'no luck'
        end
      end
    RUBY
    runner('%w[KeyError StopIteration RuntimeError].each { |error| FailingJob.perform_later(error) }')
    process = work
    wait_for_runs('given up')
    dead = app.wait_for('the dead job') { default.dead.first }
    expect(runs.tally).to eq('KeyError' => 3, 'StopIteration' => 1, 'RuntimeError' => 2, 'given up' => 1)
    expect([dead.reason, default.dead.size, default.status[:ready]]).to eq(['RuntimeError: no luck', 1, 0])
    expect(process.output).to match(/^\[Kaal\] job .* of queue kaal:queue:default failed, attempt 2 was the last: RuntimeError: no luck$/)
  end

  describe 'a job that nobody can perform' do
    before do
      app.write('app/jobs/thing.rb', <<~RUBY)
        class Thing
          include GlobalID::Identification
          attr_reader :id

          def initialize(id) = @id = id

          def self.find(id)
            raise(id == 'down' ? SystemCallError.new('the database', Errno::ECONNREFUSED::Errno) : KeyError.new(id))
          end
        end
      RUBY
    end

    def reason(code)
      runner(code)
      work
      app.wait_for('the dead job', seconds: 20) { default.dead.first }
    end

    it 'is dead at once where there is no such class' do
      dead = reason("class GoneJob < ActiveJob::Base; end\nGoneJob.perform_later")
      expect(dead.to_h).to include(attempts: 1, reason: /\AKaal::Queue::Fatal: there is no job class GoneJob here: .*GoneJob/)
    end

    it 'is dead at once where the class is none of ActiveJob, or there is none' do
      default.call({ 'job_class' => 'String' })
      default.call({ 'to' => 'ada@example.com' })
      work
      app.wait_for('both', seconds: 20) { default.dead.size == 2 }
      expect(default.dead.map(&:reason)).to contain_exactly(/there is no job class String here/, /it is no job of ActiveJob/)
    end

    it 'is dead at once where its arguments are of something that is gone' do
      dead = reason("NoteJob.perform_later(Thing.new('gone'))")
      expect(dead.to_h).to include(attempts: 1, reason: /\AKaal::Queue::Fatal: NoteJob: Error while trying to deserialize arguments/)
    end

    it 'is tried again where what its arguments are of cannot be reached' do
      dead = reason("NoteJob.perform_later(Thing.new('down'))")
      expect(dead.to_h).to include(attempts: 2, reason: /\AActiveJob::DeserializationError: .*refused/)
    end
  end

  describe 'the Redis of the queue' do
    def enqueue(**environment)
      app.rails('runner', "NoteJob.perform_later('it')", REDIS_URL: nil, **environment)
    end

    it 'is none where none is configured, and the message says what to set' do
      output, status = enqueue
      expect([output, status.success?]).to match([/the queue has no Redis: set config.queue_redis, KAAL_QUEUE_REDIS or REDIS_URL/, false])
      process = work(REDIS_URL: nil)
      expect([process.output, process.wait.exitstatus]).to match([/\Akaal: the queue has no Redis: set config.queue_redis/, 1])
    end

    it 'is that of a RedisAdapter, or the one that is set' do
      other = RedisServer.new
      expect(enqueue(KAAL_BACKEND_URL: redis.url).last).to be_success
      expect(enqueue(KAAL_BACKEND_URL: other.url, KAAL_QUEUE_REDIS: redis.url).last).to be_success
      expect([default.status[:ready], other.inspector.keys('*')]).to eq([2, []])
    ensure
      other&.stop
    end

    it 'is waited for when it is down' do
      server = RedisServer.new.tap(&:stop)
      process = work(REDIS_URL: server.url)
      app.wait_for('the failure') { process.output.include?('Redis fails, trying again') }
      server.start
      app.runner("NoteJob.perform_later('it')", REDIS_URL: server.url)
      wait_for_runs('done it')
      expect(ended(process).exitstatus).to eq(0)
    ensure
      server&.stop
    end
  end

  it 'is performed by a task of Rake as well' do
    runner("NoteJob.set(queue: :mailers).perform_later('it')")
    process = app.start(RbConfig.ruby, 'bin/rails', 'kaal:work', 'QUEUES=default,mailers', 'CONCURRENCY=2', **environment)
    wait_for_runs('done it')
    expect(ended(process).exitstatus).to eq(0)
    expect(process.output).to eq(<<~TEXT)
      Kaal worker started: queues default, mailers; 2 jobs at a time
      Received TERM, stopping Kaal worker...
      Kaal worker stopped
    TEXT
    output, status = app.rails('kaal:work', 'CONCURRENCY=many', **environment)
    expect([output, status.exitstatus]).to eq(["kaal:work failed: CONCURRENCY must be a whole number, is \"many\"\n", 1])
  end

  context 'with another adapter' do
    let(:settings) { '' }

    it 'says that no jobs come from there' do
      process = work
      app.wait_for('the warning') { process.output.include?("[Kaal] ActiveJob's queue adapter is async, not kaal") }
    end
  end

  it 'says what is wrong with its options' do
    {
      %w[--queues a,a] => 'queue a is named more than once', %w[--concurrency 0] => 'concurrency must be a whole number above 0, is 0',
      %w[--timeout -1] => 'timeout must be seconds from 0, is -1'
    }.each do |arguments, message|
      process = work(*arguments)
      expect([process.output, process.wait.exitstatus]).to eq(["kaal: #{message}\n", 1])
    end
  end
end
