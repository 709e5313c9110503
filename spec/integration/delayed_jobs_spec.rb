# frozen_string_literal: true

require 'delayed_jobs'

# Delayed jobs of several processes, of which some die, and some are Kaal 0.6.
RSpec.describe 'Delayed jobs' do
  let!(:now) { Time.now }

  # A process with a scheduler; the block is what `Job` does, with a pipe to tell by.
  def node
    reader, writer = IO.pipe
    pid = fork do
      reader.close
      Kaal.backend = store.adapter
      Kaal.configuration.window_lookback = 1
      Kaal.configuration.tick_interval = 1
      Kaal.configuration.lease_ttl = 2
      Job.define_singleton_method(:perform) { |*args| yield(writer, *args) }
      Kaal.start!.join
      exit!
    end
    writer.close
    [pid, reader]
  end

  def kill(*pids)
    pids.each { |pid| Process.kill(:KILL, pid) }.each { |pid| Process.wait(pid) }
  end

  def line(reader, seconds: 10)
    reader.wait_readable(seconds) ? reader.gets&.chomp : raise("nothing within #{seconds} s")
  end

  Stores::ALL.reject { |name, _| name.end_with?('sessions') }.each_key do |name|
    context "with #{name}" do
      let(:store) { Stores.named(name) }

      before do
        store.begin
        stub_const('Job', Class.new { def self.perform(*) = nil })
        Kaal.backend = store.adapter
      end

      after { store.finish }

      def enqueue(job_id, at: now)
        Kaal.enqueue_at(at: at, job_class: 'Job', args: [job_id], job_id: job_id)
      end

      it 'are called again when their process was killed, and those that it had not called' do
        20.times { |n| enqueue("before #{n}", at: now - 60) } # after which it takes several at once
        10.times { |n| enqueue("job #{n}") }
        dying, told = node do |writer, job_id|
          writer.puts(job_id)
          Process.kill(:KILL, Process.pid) if job_id == 'job 4'
        end
        Process.wait(dying)
        first = told.readlines(chomp: true)
        other, told = node { |writer, job_id| writer.puts(job_id) }
        second = [line(told)]
        second << line(told) until (first + second).uniq.size == 30
        wait_for('the claims to be closed') { Kaal.backend.delayed_store.counts == { pending: 0, claimed: 0, failed: 0 } }
        expect([first.last, second]).to match(['job 4', include('job 4', 'job 9')])
      ensure
        kill(other)
      end

      it 'are called within a second of being enqueued in another process' do
        pid, told = node { |writer, *| writer.puts(Process.clock_gettime(Process::CLOCK_REALTIME)) }
        lateness = Array.new(3) do |n|
          enqueue("job #{n}", at: due = Time.now + (n * 0.3))
          line(told).to_f - due.to_f
        end
        expect(lateness).to all(be_between(0, 1.2))
      ensure
        kill(pid)
      end

      it 'are shared with Kaal 0.6: each goes to one of both' do
        pid, told = node { |writer, job_id| writer.puts(job_id) }
        plain = store.plain # no child may have its connection
        theirs = Array.new(20) do |round|
          3.times { |n| plain.enqueue_job("plain #{round} #{n}", now - 5, 'Job', ["plain #{round} #{n}"]) }
          3.times { |n| enqueue("ours #{round} #{n}", at: now - 5) }
          round.even? ? plain.take_jobs(now) : []
        end.flatten
        ours = [line(told)]
        ours << line(told) until (ours + theirs).size == 120
        expect([(ours + theirs).uniq.size, theirs]).to match([120, include(/plain/, /ours/)])
        expect(Kaal.backend.delayed_store.counts).to include(pending: 0)
        # What is pending Kaal 0.6 finds, and what is not it adds.
        enqueue('later', at: now + 600)
        expect(plain.take_jobs(now + 601)).to eq(['later'])
      ensure
        kill(pid)
      end
    end
  end

  context 'with one that ends each process that calls it' do
    let(:store) { Stores.named('Redis') }

    before do
      store.begin
      stub_const('Job', Class.new { def self.perform(*) = nil })
      Kaal.backend = store.adapter
    end

    after { store.finish }

    # Until one lives on.
    def nodes_until_one_lives
      called = []
      loop do
        pid, told = node do |writer, job_id|
          writer.puts(job_id)
          Process.kill(:KILL, Process.pid) if job_id == 'deadly'
        end
        wait_for('an end') { Process.wait(pid, Process::WNOHANG) || Kaal.failed_delayed_jobs.any? }
        return [called, pid, told] if Kaal.failed_delayed_jobs.any?

        called.concat(told.readlines(chomp: true))
      end
    end

    it 'are called all the same, and that one twice at most where it may be called once' do
      20.times { |n| Kaal.enqueue_at(at: now - 60 + n, job_class: 'Job', args: ["job #{n}"], job_id: "job #{n}") }
      # The first: what was called right before an end may not be closed yet.
      Kaal.enqueue_at(at: now - 61, job_class: 'Job', args: ['deadly'], job_id: 'deadly')
      Kaal.configuration.delayed_job_max_attempts = 1
      called, pid, told = nodes_until_one_lives
      begin
        wait_for('the claims to be closed') { Kaal.backend.delayed_store.counts == { pending: 0, claimed: 0, failed: 1 } }
      ensure
        kill(pid)
      end
      called.concat(told.readlines(chomp: true))
      expect([called.count('deadly'), called.uniq.size, Kaal.failed_delayed_jobs.first[:job_id]]).to eq([2, 21, 'deadly'])
    end
  end

  context 'with 100,000 that are due' do
    let(:store) { Stores.named('Redis') }

    before do
      store.begin
      stub_const('Job', Class.new { def self.perform(*) = nil })
      redis = Redis.new(url: store.server.url)
      payload = JSON.generate(job_class: 'Job', args: [], queue: nil)
      100_000.times.each_slice(5_000) do |some|
        redis.zadd('kaal:delayed_jobs:schedule', some.map { |n| [1_000 + n, "job #{n}"] })
        redis.mapped_hmset('kaal:delayed_jobs:payloads', some.to_h { |n| ["job #{n}", payload.sub('[]', "[#{n}]")] })
      end
    end

    after { store.finish }

    it 'calls each of them, though a process is killed on the way' do
      Kaal.backend = store.adapter
      dead, living = Array.new(2) { node { |writer, number| writer.write([number].pack('L')) } }
      called = dead.last.read(40_000)
      kill(dead.first)
      called << dead.last.read.b
      called = called.unpack('L*').tally
      until called.size == 100_000
        expect(living.last.wait_readable(10)).to be_truthy, "#{called.size} were called"
        # Each number is written at once, and 40,000 bytes are whole numbers.
        living.last.readpartial(40_000).unpack('L*').each { |number| called[number] = called.fetch(number, 0) + 1 }
      end
      expect(called.values.sum - called.size).to be < 1_100
      wait_for('the claims to be closed') { Kaal.backend.delayed_store.counts == { pending: 0, claimed: 0, failed: 0 } }
    ensure
      kill(living.first)
    end
  end
end
