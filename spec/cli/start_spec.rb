# frozen_string_literal: true

require 'active_support'
require 'active_support/testing/time_helpers'
require 'command_line'
require 'pty'

# In processes of their own, as people run them.
RSpec.describe 'kaal start' do # rubocop:disable RSpec/DescribeClass
  include ActiveSupport::Testing::TimeHelpers
  include CommandLine

  let(:stamp) { /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/ }

  before { write_app(cron: '* * * * * *') }

  def started(**environment)
    process = start('start', **environment)
    wait_for('the start', seconds: 20) { process.output.include?('started') }
    process
  end

  %w[TERM INT].each do |signal|
    it "prints lines into a pipe, and ends by one #{signal} with exit code 0" do
      process = started
      wait_for('a run') { process.output.include?('job dispatched') }
      process.signal(signal)
      expect(seconds_of { expect(process.wait.exitstatus).to eq(0) }).to be < 2
      expect(process.output.lines).to all(match(/\A#{stamp} INFO  \S/))
      expect(process.output.lines.map { |line| line.split(' ', 3).last.chomp }).to include(
        'Kaal scheduler started in foreground', /\Ajob dispatched, due .*Z, \d+ ms late\z/,
        "Received #{signal}, stopping Kaal scheduler...", 'Kaal scheduler stopped'
      )
    end
  end

  it 'waits for the job that runs; a second signal does not' do
    write('hold', '')
    process = started
    wait_for('a call') { !read('calls').empty? }
    process.signal(:TERM)
    wait_for('the signal') { process.output.include?('Received TERM') }
    process.signal(:INT)
    expect(process.wait(2).exitstatus).to eq(1)
    expect(process.output).to end_with("kaal start failed: forced to end by INT, while a callback was running\n")
  end

  it 'tells of a job that fails' do
    write_app(cron: '* * * * * *', job: 'raise "no paper"')
    process = started
    wait_for('the failure') { process.output.include?('no paper') }
    process.signal(:TERM)
    expect(process.wait.exitstatus).to eq(0)
    expect(process.output).to match(/^#{stamp} ERROR job job .* failed: RuntimeError: no paper$/)
  end

  it 'says in one line that the scheduler file is broken, with exit code 1' do
    write('config/scheduler.yml', 'defaults: 1')
    process = start('start')
    expect(process.wait.exitstatus).to eq(1)
    expect(process.output).to match(/\Akaal: .*scheduler.yml: section defaults must be a mapping, is 1\n\z/)
  end

  it 'waits for a store that is down, and runs the jobs of file and code when that answers' do
    server = RedisServer.new.tap(&:stop)
    write('config/kaal.yml', read('config/kaal.yml').sub('sqlite', 'redis').sub(/\{ path: .* \}/, "{ url: '#{server.url}' }"))
    write('jobs.rb', "#{read('jobs.rb')}Kaal.register(key: 'coded', cron: '* * * * * *', enqueue: ->(**) { puts 'by code' })\n")
    process = started
    expect(process.output).to match(/ERROR the scheduler file was not loaded, it will be tried again: /)
    server.start
    wait_for('both', seconds: 15) { process.output.include?('by code') && process.output.include?('job dispatched') }
  ensure
    server.stop if server&.running?
  end

  it 'reads the scheduler file again by a HUP' do
    process = started
    write('config/scheduler.yml', read('config/scheduler.yml').gsub('job,', 'other,'))
    process.signal(:HUP)
    wait_for('the other job') { process.output.include?('other dispatched') }
  end

  # What a terminal of that width shows: a line that is begun anew is erased before.
  def screen(text)
    text.split("\r\n").map { |line| line.split("\r\e[2K", -1).last }
  end

  def on_terminal(*arguments)
    output = +''
    PTY.spawn(*CommandLine::COMMAND, *arguments, chdir: folder) do |reader, _writer, pid|
      reader.winsize = [24, 100]
      reading = Thread.new { output << reader.readpartial(4096) while reader }
      reading.report_on_exception = false
      yield output, pid
      Process.wait(pid)
      reading.join(2)
    rescue Errno::EIO, EOFError
      nil # it has ended
    end
    [screen(output), $?.exitstatus] # rubocop:disable Style/SpecialGlobalVars
  end

  it 'shows on a terminal how things stand, below what jobs print' do
    write_app(cron: '* * * * * *', job: 'puts "printed"')
    lines, code = on_terminal('start') do |output, pid|
      wait_for('the line', seconds: 20) do
        output.match?(/next run \d\d:\d\d:\d\d UTC in \d s \| dispatched [1-9]\d* \| errors 0 \| late \d+ ms, at most \d+ ms/)
      end
      Process.kill(:INT, pid)
    end
    expect(lines).to include('printed', /job dispatched/, /Kaal scheduler stopped\z/)
    expect([lines.grep(/next run/), code]).to eq([[], 0])
  end

  it 'is on a terminal an output like any other to jobs' do
    write_app(cron: '* * * * * *', job: <<~RUBY)
      $stdout.sync = true
      $stdout.puts "one\n", ['two', []]
      $stdout.printf("%s\n", 'three')
      system('echo', 'four', out: $stdout)
    RUBY
    lines, code = on_terminal('start') do |output, pid|
      wait_for('a run', seconds: 20) { output.include?('job dispatched') }
      Process.kill(:INT, pid)
    end
    from = lines.index('one')
    expect([lines[from, 3], lines.grep(/four/).size, lines.grep(/ERROR/), code]).to match([%w[one two three], 1.., [], 0])
  end

  it 'shows on a terminal how far recovery is' do
    write_app(cron: '*/5 * * * *', job: 'sleep 0.05', settings: 'recovery_window: 3600')
    jobs = %w[a b c].map { |key| { key: key, cron: '*/5 * * * *', job_class: job_class, args: ['{{key}}'] } }
    write('config/scheduler.yml', JSON.generate(defaults: { jobs: jobs }))
    definitions = store.definition_registry
    travel_to(Time.now - 3600) { jobs.each { |job| definitions.upsert_definition(**job.slice(:key, :cron), source: 'file') } }
    on_terminal('start') do |output, pid|
      wait_for('the bar', seconds: 20) { output.match?(/recovering +\d+% \|=* *\| .*[1-9]\d* runs/) }
      wait_for('the line', seconds: 20) { output.match?(/next run \d\d:\d\d:\d\d UTC in \d+ s \| dispatched 3\d/) }
      Process.kill(:INT, pid)
    end
    expect(read('calls').lines.tally.values).to all(be_between(12, 13))
  end

  it 'goes on when its terminal is gone until the job has ended, also one that prints' do
    write_app(cron: '* * * * * *', job: "puts 'printed'; File.write(#{path('ended').inspect}, '')")
    write('hold', '')
    reader, writer, pid = PTY.spawn(*CommandLine::COMMAND, 'start', chdir: folder)
    reading = Thread.new { loop { reader.readpartial(4096) } }
    reading.report_on_exception = false
    wait_for('a call', seconds: 20) { !read('calls').empty? }
    reading.kill.join
    [reader, writer].each(&:close)
    expect { Timeout.timeout(2) { Process.wait(pid) } }.to raise_error(Timeout::Error)
    FileUtils.rm(path('hold'))
    _, status = Timeout.timeout(10) { Process.wait2(pid) }
    expect([File.exist?(path('ended')), status.exitstatus]).to eq([true, 0])
  end

  it 'shows on a terminal how far a back-fill is' do
    write_app(job: 'sleep 0.002')
    kaal!('tick')
    lines, code = on_terminal('backfill', 'job', '--from', '2026-03-01T00:00:00Z', '--to', '2026-03-01T10:00:00Z') do |output, _pid|
      wait_for('the bar', seconds: 20) { output.match?(/job +[1-9]\d*% \|=+ *\|/) }
    end
    expect([lines, code]).to eq([['601 runs of job dispatched'], 0])
  end
end
