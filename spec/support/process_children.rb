# frozen_string_literal: true

# The children that a process has at a moment.
class ProcessChildren
  class << self
    def of(parent)
      pids = Dir['/proc/[0-9]*'].map { |folder| File.basename(folder).to_i }
      new(pids.select { |pid| state(pid)&.last == parent })
    end

    # @return [Array, nil] the letter of its state, and its parent
    def state(pid)
      letter, parent = File.read("/proc/#{pid}/stat")[/.*\) (\w \d+)/m, 1].split
      [letter, parent.to_i]
    rescue Errno::ENOENT, Errno::ESRCH
      nil
    end
  end

  def initialize(pids)
    @pids = pids
  end

  def signal(name)
    @pids.each do |pid|
      Process.kill(name, pid)
    rescue Errno::ESRCH
      nil # it has ended by itself
    end
  end

  # Waits until they have come to a stop, all of their threads: until then they may still answer. Those that have
  # ended stay until a parent asks for their status, which is stopped itself.
  def wait_until_stopped
    sleep 0.001 until @pids.all? { |pid| stopped?(pid) }
  end

  # Waits until they have ended. Nobody may have asked for their status yet.
  def wait
    sleep 0.001 until @pids.all? { |pid| [nil, 'Z'].include?(self.class.state(pid)&.first) }
  end

  private

  def stopped?(pid)
    Dir["/proc/#{pid}/task/*/stat"].all? { |file| %w[T Z].include?(File.read(file)[/.*\) (\w)/m, 1]) }
  rescue Errno::ENOENT, Errno::ESRCH
    false # a thread has ended meanwhile
  end
end
