# frozen_string_literal: true

require 'rails_app'

# What TERM and INT do to a process of a Rails app that runs a scheduler. A call of the job lasts until the
# file `gate` is there.
RSpec.describe 'A Rails process that is told to end' do # rubocop:disable RSpec/DescribeClass
  let(:app) { RailsApp.new }

  before do
    app.write('config/scheduler.yml', "defaults:\n  jobs: []\n")
    app.write('config/initializers/kaal.rb', <<~RUBY)
      Kaal.configuration.backend = Kaal::Backend::MemoryAdapter.new
      Kaal.register(key: 'job', cron: '* * * * * *', enqueue: lambda { |**|
        File.write('calls', "begun\n", mode: 'a')
        sleep 0.01 until File.exist?('gate')
        sleep 0.1 # the main thread comes to its trap meanwhile
        File.write('calls', "done\n", mode: 'a')
      })
    RUBY
  end

  after { app.remove }

  # Runs a script in the app that starts the scheduler, and waits until a call has begun.
  def start(before: '', after: 'sleep')
    app.write('script.rb', <<~RUBY)
      #{before}
      require_relative 'config/environment'
      Kaal.start!
      #{after}
    RUBY
    app.start(RbConfig.ruby, 'script.rb').tap { app.wait_for('a call') { app.read('calls').include?('begun') } }
  end

  def open_gate
    app.write('gate', '')
  end

  { TERM: 15, INT: 2 }.each do |signal, number|
    it "lets the callback end, begins no other, and ends by a #{signal} as if nobody had handled it" do
      process = start
      process.signal(signal)
      expect(Process.wait(process.pid, Process::WNOHANG)).to be_nil
      open_gate
      expect(process.wait.termsig).to eq(number)
      expect(app.read('calls')).to eq("begun\ndone\n")
    end

    it "calls the handler that a #{signal} had before" do
      process = start(before: "trap(:#{signal}) { |number| $stdout.syswrite('before ' + number.to_s); exit!(7) }")
      process.signal(signal)
      expect(process.wait.exitstatus).to eq(7)
      expect(process.output).to eq("before #{number}")
    end

    it "leaves a #{signal} ignored" do
      process = start(before: "trap(:#{signal}, 'IGNORE')", after: 'sleep 0.01 until File.exist?("calls") && File.read("calls").lines.size > 3')
      process.signal(signal)
      open_gate
      expect(process.wait.exitstatus).to eq(0)
    end
  end

  it 'ends at once by a second signal' do
    process = start
    2.times do
      process.signal(:TERM)
      sleep 0.2 # the two would be one
    end
    expect(process.wait(5).termsig).to eq(15)
    expect(app.read('calls')).to eq("begun\n")
  end

  it 'does what was to be done at exit' do
    process = start(before: "at_exit { File.write('bye', '') }")
    open_gate
    process.signal(:TERM)
    expect(process.wait.termsig).to eq(15)
    expect(app.files('bye')).to eq(['bye'])
  end

  it 'ends by the default of the system, after the callback, where that was asked for' do
    process = start(before: "trap(:TERM, 'SYSTEM_DEFAULT')")
    process.signal(:TERM)
    open_gate
    expect(process.wait.termsig).to eq(15)
    expect(app.read('calls')).to end_with("done\n")
  end

  # With a lock of its own: Ruby's Logger rescues whatever is raised within its own, also what a signal raises.
  it 'ends while the main thread holds the lock of the logger' do
    process = start(after: <<~RUBY)
      lock = Mutex.new
      logger = Logger.new($stdout)
      logger.define_singleton_method(:add) { |*given, &block| lock.synchronize { super(*given, &block) } }
      Kaal.configuration.logger = logger
      lock.synchronize do
        puts 'held'
        $stdout.flush
        sleep
      end
    RUBY
    app.wait_for('the lock') { process.output.include?('held') }
    open_gate
    process.signal(:TERM)
    expect(process.wait(30).termsig).to eq(15)
    expect(process.output).not_to include('ThreadError')
  end

  it 'stops the scheduler when the script has come to its end' do
    process = start(after: 'sleep 0.2')
    open_gate
    expect(process.wait.exitstatus).to eq(0)
    expect(app.read('calls').lines.tally.values.uniq.size).to eq(1)
  end

  it 'leaves the scheduler of the parent alone when a forked child ends, by a signal or by itself' do
    process = start(after: <<~RUBY)
      # Children that have begun: what one does at a signal before is not the question here.
      reader, writer = IO.pipe
      children = [fork { writer.syswrite('.') && sleep }, fork { writer.syswrite('.') && exit(3) }]
      reader.read(2)
      ended = children.map { |pid| Process.kill(:TERM, pid) && Process.wait2(pid).last }
      puts Kaal.running?, ended.first.termsig.inspect
      $stdout.flush
      sleep
    RUBY
    app.wait_for('the children') { process.output.lines.size == 2 }
    expect(process.output).to eq("true\n15\n")
    process.signal(:TERM)
    open_gate
    expect(process.wait.termsig).to eq(15)
  end

  it 'stops a scheduler that a forked child has started itself' do
    process = start(after: <<~RUBY)
      child = fork { Kaal.start!; puts Kaal.running?; $stdout.flush; sleep }
      Process.kill(:TERM, Process.pid) while !File.exist?('gate') && sleep(0.05)
    RUBY
    app.wait_for('the child') { process.output == "true\n" }
    open_gate
    Process.kill(:TERM, -process.pid)
    expect(process.wait.termsig).to eq(15)
  end
end
