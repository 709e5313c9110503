# frozen_string_literal: true

# Waiting for what another thread or process does.
module WaitFor
  # Asks until the block is true, and gives its value; fails after `seconds`.
  def wait_for(what, seconds: 10)
    limit = Process.clock_gettime(Process::CLOCK_MONOTONIC) + seconds
    until (value = yield)
      raise "waited #{seconds} s in vain for #{what}" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > limit

      sleep 0.005
    end
    value
  end

  # @return [Float] how long the block took, in seconds
  def seconds_of
    started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    yield
    Process.clock_gettime(Process::CLOCK_MONOTONIC) - started
  end
end
