# frozen_string_literal: true

module Kaal
  # Sleeping that can be ended from anywhere, also from a signal handler, which may take no lock:
  # it writes to a pipe.
  class Wakeup
    # What is written for a tick, and for a look at the delayed jobs only.
    TICK = '.'
    LOOK = ','
    private_constant :TICK, :LOOK

    def initialize
      @reader, @writer = IO.pipe
      @stopped = false
    end

    def stop
      @stopped = true
      wake
    end

    def stopped?
      @stopped
    end

    def wake
      @writer.write_nonblock(TICK, exception: false)
    end

    # As {#wake}, for delayed jobs only.
    def look
      @writer.write_nonblock(LOOK, exception: false)
    end

    # @param seconds [Numeric] how long at most
    # @return [Boolean] whether a tick is asked for
    def wait(seconds)
      return false if @stopped || !@reader.wait_readable(seconds)

      asked = @reader.read_nonblock(64, exception: false)
      asked.is_a?(String) && asked.include?(TICK)
    end
  end
  private_constant :Wakeup
end
