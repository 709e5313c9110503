# frozen_string_literal: true

require 'allora_node'
require 'kaal/allora'
require 'tmpdir'

# Processes that share jobs as nodes of Allora do. KAAL_ALLORA_SECONDS=30 for a long run.
RSpec.describe 'Nodes of Allora' do
  let(:seconds) { Integer(ENV.fetch('KAAL_ALLORA_SECONDS', 5)) }
  let!(:server) { RedisServer.new(appendonly: 'yes') } # before any child is forked
  let!(:folder) { Dir.mktmpdir('kaal-allora') }

  after do
    server.stop if server.running?
    FileUtils.rm_rf(folder)
  end

  def every_second(count)
    Array.new(count) { |number| ["job #{number}", Allora::Job::EveryJob.new(1)] }.to_h
  end

  # What a node takes while its clock goes through so many seconds, with more than one look at each.
  # @return [Array<Array(String, Integer)>] name and second
  def walk(steps)
    (0...steps).flat_map do |step|
      Array.new(3) { yield(Time.at(1_700_000_000 + step)).map { |name| [name, step] } }.flatten(1)
    end
  end

  def of_ours(jobs)
    backend = Allora::Backend::Redis.new(url: server.url)
    lambda do |now|
      allow(Time).to receive(:now).and_return(now)
      backend.reschedule(jobs).keys
    end
  end

  it 'take each due time of 200 jobs once' do
    jobs = every_second(200)
    taken = in_children(4) { walk(60, &of_ours(jobs)) }
    expect(taken.flatten(1).tally.values.max).to eq(1)
    expect(taken.flatten(1).size).to be >= 200 * 30
  end

  it 'share 100 jobs with one that does it in plain Ruby: none twice' do
    jobs = every_second(100)
    taken = in_children(2) do |number|
      plain = AlloraNode.new(Redis.new(url: server.url), jobs.transform_values { 1 })
      number.zero? ? walk(40, &plain.method(:poll)) : walk(400, &of_ours(jobs)).select { |_name, step| step < 40 }
    end
    expect(taken.flatten(1).tally.values.max).to eq(1)
    expect(taken.flatten(1).size).to be >= 100
  end

  describe 'with schedulers' do
    # A scheduler of 200 jobs whose runs are lines of a file.
    def start(number)
      File.join(folder, number.to_s).then do |path|
        fork do
          file = File.open(path, 'a').tap { |opened| opened.sync = true }
          Allora.start(backend: :redis, url: server.url, logger: Logger.new("#{path}.log"), fork: false, join: true) do |s|
            200.times { |job| s.add("job #{job}", every: 1) { file.write("#{job} #{Time.now.to_f}\n") } }
          end
          exit!(0)
        end
      end
    end

    # When each job ran.
    def times
      lines = Dir[File.join(folder, '?')].flat_map { |path| File.readlines(path) }
      lines.map(&:split).group_by(&:first).transform_values { |found| found.map { |_job, time| time.to_f }.sort }
    end

    def expect_none_twice
      expect(times.size).to eq(200)
      # A run moves the next one to a later second.
      expect(times.values.map { |ran| ran.size - (ran.last.floor - ran.first.floor + 1) }.max).to be <= 0
    end

    def kill(signal, pids)
      Process.kill(signal, *pids)
      pids.each { |pid| Process.wait(pid) }
    end

    it 'run nothing twice, also when one is killed and Redis is restarted' do
      pids = Array.new(4) { |number| start(number) }
      wait_for('the first runs', seconds: 30) { times.size == 200 }
      sleep(seconds)
      kill(:KILL, [pids.shift])
      server.stop
      sleep(1)
      server.start
      restarted = Time.now.to_f
      wait_for('runs after the restart', seconds: 30) { times.values.all? { |ran| ran.last > restarted + 1 } }
      kill(:TERM, pids)
      expect_none_twice
      expect(times.values.map(&:size).min).to be >= seconds / 2
      log = File.read(File.join(folder, '1.log'))
      expect([log.scan('cannot poll, trying again').size, log.scan('polls again').size]).to eq([1, 1])
    end
  end
end
