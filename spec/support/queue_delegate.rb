# frozen_string_literal: true

# Performs jobs as an example says, and tells which. Its queue is that of Redis, not of the gem.
class QueueDelegate
  # @return [Array] the jobs whose block has been called
  attr_reader :calls

  # @return [Array<Symbol>] what else it was told
  attr_reader :told

  def initialize(&block)
    @block = block
    @calls = Thread::Queue.new
    @told = []
  end

  def call(job)
    @calls << job
    @block&.call(job)
  end

  def start
    @told << :start
  end

  def stop
    @told << :stop
  end

  # @return [Array] the next so many jobs; fails when they do not come
  def take(count, seconds: 10)
    Timeout.timeout(seconds) { Array.new(count) { @calls.pop } }
  end
end
