# frozen_string_literal: true

require 'async_job_node'
require 'queue_process'
require 'tmpdir'

# Queues of several processes, of which some die, on a Redis that does too.
RSpec.describe 'A queue of several processes' do
  let(:folder) { Dir.mktmpdir }
  let(:file) { File.join(folder, 'done') }
  let(:redis) { RedisServer.new(appendonly: 'yes') }
  let(:client) { Kaal::Queue::Client.new(redis.url, **QueueProcess::SETTINGS) }
  let(:processes) { [] }

  before { Kaal.logger = Logger.new(File::NULL) }

  after do
    processes.each { |process| process.stop(:KILL) }
    redis.stop(:KILL) if redis.running?
    FileUtils.rm_rf(folder)
  end

  def begin_process(**options, &)
    QueueProcess.new(redis.url, file, **options, &).tap { |process| processes << process }
  end

  def kill(process)
    processes.delete(process)
    process.stop(:KILL)
  end

  def done
    File.exist?(file) ? File.readlines(file, chomp: true).map { |line| Integer(line) } : []
  end

  def add(count)
    client.call_many(Array.new(count) { |number| { 'number' => number } })
  end

  def left
    redis.inspector.hlen('fleet:jobs')
  end

  def loaded?
    redis.inspector.ping
  rescue Redis::CommandError
    false
  end

  it 'loses no job to a killed server and a killed Redis, and repeats only what was in flight' do
    processes_at_work = 10
    add(10_000)
    first = begin_process
    begin_process
    wait_for('some to be done') { done.size > 2_000 }
    kill(first)
    wait_for('more to be done') { done.size > 4_000 }
    redis.stop(:KILL)
    redis.start
    wait_for('it to have loaded its file') { loaded? }
    begin_process
    wait_for('all to be done', seconds: 60) { left.zero? }
    numbers = done
    expect(numbers.uniq.size).to eq(10_000)
    # A job is in flight from its fetch until Redis has answered for its outcome: at most what the killed process had taken
    # and what it had not heard of; as much again for the killed Redis and both servers.
    expect(numbers.size - 10_000).to be <= processes_at_work * 2 * 3
    expect([client.dead, client.status[:ready]]).to eq([[], 0])
  end

  it 'runs a job once that keeps its process busy for many leases' do
    add(1)
    busy = begin_process(concurrency: 1) do
      limit = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) + 4
      # One call of C, which never gives up Ruby's lock.
      Array.new(2_000_000) { |n| n }.permutation(3).first(2_000_000).size while Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) < limit
    end
    wait_for('it to be taken') { redis.inspector.llen('fleet:ready').zero? }
    begin_process
    wait_for('it to be done', seconds: 60) { left.zero? }
    expect([done, busy.stop(:TERM).success?]).to eq([[0], true])
    processes.delete(busy)
  end

  it 'hands its jobs over when it is stopped' do
    add(200)
    first = begin_process { sleep 0.01 }
    wait_for('some to be done') { done.size > 20 }
    processes.delete(first)
    expect(first.stop).to be_success
    expect(done.size).to eq(200 - left)
    begin_process
    wait_for('all to be done') { left.zero? }
    expect(done.sort).to eq([*0...200])
  end

  # A process that stands still loses its jobs; what it says of them afterwards counts for nothing.
  it 'takes the jobs of a process that stands still, which then complete once' do
    add(1)
    stopped = begin_process { sleep 0.5 }
    wait_for('it to be taken') { redis.inspector.llen('fleet:ready').zero? }
    Process.kill(:STOP, stopped.pid)
    begin_process
    wait_for('it to be done') { left.zero? }
    Process.kill(:CONT, stopped.pid)
    wait_for('the end of the first run') { done.size == 2 }
    expect([left, redis.inspector.llen('fleet:ready'), redis.inspector.zcard('fleet:delayed')]).to eq([0, 0, 0])
  end

  context 'with a node of Async::Job' do
    let(:other) { AsyncJobNode.new(redis.url, 'fleet') }

    it 'performs what that adds, and that performs what ours add' do
      other.add({ 'number' => 1 })
      other.add_delayed({ 'number' => 2 }, Time.now + 0.1)
      begin_process(resolution: 0.2)
      wait_for('both to be done') { left.zero? }
      expect(done.sort).to eq([1, 2])
      kill(processes.first)
      client.call({ 'number' => 3 })
      other.beat
      id, job = other.take
      expect(job).to eq({ 'number' => 3 })
      other.complete(id)
      expect(left).to eq(0)
    end

    it 'performs what that gives back, and leaves it what it has' do
      add(20)
      other.beat
      kept = Array.new(5) { other.take.first }
      other.retry(kept.pop)
      begin_process
      wait_for('the others to be done') { left == 4 }
      sleep 2 * QueueProcess::SETTINGS[:lease]
      expect([left, done.size]).to eq([4, 16])
      kept.each { |id| other.complete(id) }
      expect(left).to eq(0)
    end

    it 'recovers what that leaves when it dies' do
      add(20)
      other.beat
      5.times { other.take }
      other.die
      begin_process
      wait_for('all to be done') { left.zero? }
      expect(done.sort).to eq([*0...20])
    end

    it 'has what it leaves recovered by that, and keeps what it has while it lives' do
      add(3)
      process = begin_process { sleep }
      wait_for('all to be taken') { redis.inspector.llen('fleet:ready').zero? }
      other.recover
      expect(other.take).to be_nil
      kill(process)
      wait_for('its heartbeat to end') { redis.inspector.keys('fleet:processing:*').all? { |key| key.end_with?(':pending') } }
      other.recover
      other.beat
      taken = Array.new(3) { other.take }
      expect(taken.map { |_, job| job['number'] }).to match_array([0, 1, 2])
      taken.each { |id, _| other.complete(id) }
      expect(left).to eq(0)
    end
  end
end
