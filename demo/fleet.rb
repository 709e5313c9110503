# frozen_string_literal: true

require 'rbconfig'
require_relative 'report'
require_relative 'store'

# Processes that share one schedule on one store, and what became of every run.
class Fleet
  Run = Struct.new(:fire_time, :node, :called_at) do
    # How late the callback was called, in milliseconds.
    def lateness
      (called_at - fire_time) * 1000
    end
  end

  NODE = File.expand_path('node.rb', __dir__)
  LIB = File.expand_path('../lib', __dir__)

  # @param address [String] of the store, see {Store}
  def initialize(address)
    @address = address
    @nodes = {}
    @runs = []
    @mutex = Mutex.new
    @told = ConditionVariable.new
  end

  # Starts a process that is called `name`, see node.rb for the options. Blocks until it is up.
  def start(name, *options)
    reader, writer = IO.pipe
    pid = Process.spawn(RbConfig.ruby, '-I', LIB, NODE, @address, *options, out: writer, pgroup: true)
    writer.close
    raise "process #{name} did not start" unless reader.gets == "up\n"

    @nodes[name] = [pid, Thread.new { listen(name, reader) }]
  end

  # Sends a signal to a process, to a forked one and its parent.
  def kill(name, signal)
    pid, = @nodes.fetch(name)
    Process.kill("-#{signal}", pid)
  end

  # Waits for processes that end by themselves, and for the last word of each.
  def wait(*names)
    names.each do |name|
      pid, listener = @nodes.delete(name)
      Process.wait(pid)
      listener.join
    end
  end

  # Ends processes in order, all of them where none is named.
  def stop(*names)
    names = @nodes.keys if names.empty?
    names.each do |name|
      pid, = @nodes.fetch(name)
      Process.kill(:TERM, pid)
      Process.kill(:CONT, pid) # one that is stopped takes its TERM when it goes on
    end
    wait(*names)
  end

  # Blocks until some run fulfils the block.
  #
  # @return [Run]
  def wait_for_run(seconds: 20, &block)
    limit = monotonic + seconds
    @mutex.synchronize do
      until (run = @runs.find(&block))
        raise "waited #{seconds} s in vain for a run" if monotonic > limit

        @told.wait(@mutex, 1)
      end
      run
    end
  end

  # What happened in the seconds from `first` to `last`.
  def report(first, last)
    log = Store.open(@address).dispatch_registry
    logged = (first..last).select { |second| log.dispatched?('demo', second) }
    Report.new(@mutex.synchronize { @runs.dup }, first..last, logged)
  end

  private

  def listen(name, reader)
    while (line = reader.gets)
      fire_time, called_at = line.split
      @mutex.synchronize do
        @runs << Run.new(fire_time.to_i, name, called_at.to_f)
        @told.broadcast
      end
    end
  end

  def monotonic
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end
