# frozen_string_literal: true

require 'rbconfig'

# Processes that share one schedule on one Redis, and what became of every run.
class Fleet
  Run = Struct.new(:fire_time, :node, :called_at) do
    # How late the callback was called, in milliseconds.
    def lateness
      (called_at - fire_time) * 1000
    end
  end

  NODE = File.expand_path('node.rb', __dir__)
  LIB = File.expand_path('../lib', __dir__)

  attr_reader :runs

  # @param url [String] of the Redis
  def initialize(url)
    @url = url
    @nodes = {}
    @runs = Queue.new
  end

  # Starts a process that is called `name`.
  def start(name, *options)
    reader, writer = IO.pipe
    pid = Process.spawn(RbConfig.ruby, '-I', LIB, NODE, @url, *options, out: writer, pgroup: true)
    writer.close
    @nodes[name] = [pid, Thread.new { listen(name, reader) }]
  end

  def kill(name, signal)
    pid, = @nodes.fetch(name)
    # A forked node is a group of two.
    Process.kill(signal == :TERM ? signal : "-#{signal}", pid)
  end

  # Ends all processes and waits for them.
  def stop
    @nodes.each_value do |pid, listener|
      Process.kill(:TERM, pid)
      Process.wait(pid)
      listener.join
    rescue Errno::ESRCH, Errno::ECHILD
      listener.join
    end
  end

  # Blocks until some node has run something.
  def wait_for_first_run
    run = @runs.pop
    @runs << run
  end

  # What happened in the seconds from `first` to `last`.
  def report(first, last)
    Report.new(Array.new(@runs.size) { @runs.pop }, (first..last))
  end

  # Which runs of a stretch were dispatched, by whom, how late, how often.
  class Report
    attr_reader :runs

    def initialize(runs, seconds)
      @seconds = seconds
      @runs = runs.select { |run| seconds.cover?(run.fire_time) }.sort_by(&:called_at)
    end

    # @return [Array<Integer>] fire times that ran more than once
    def duplicates
      @runs.group_by(&:fire_time).select { |_time, runs| runs.size > 1 }.keys
    end

    # @return [Array<Integer>] fire times that did not run
    def losses
      @seconds.to_a - @runs.map(&:fire_time)
    end

    # @return [Hash{String => Integer}] how many runs each node had
    def by_node
      @runs.group_by(&:node).transform_values(&:size)
    end

    # @return [Float] milliseconds
    def lateness(part)
      @runs.map(&:lateness).sort[((@runs.size - 1) * part).round]
    end
  end

  private

  def listen(name, reader)
    while (line = reader.gets)
      fire_time, called_at = line.split
      @runs << Run.new(fire_time.to_i, name, called_at.to_f)
    end
  end
end
