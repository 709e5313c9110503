# frozen_string_literal: true

module Kaal
  class Coordinator
    # Sleeping that can be ended from anywhere, also from a signal handler, which may take no lock:
    # it writes to a pipe.
    class Wakeup
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
        @writer.write_nonblock('.', exception: false)
      end

      # @param seconds [Numeric] how long at most
      def wait(seconds)
        return if @stopped || !@reader.wait_readable(seconds)

        @reader.read_nonblock(64, exception: false)
      end
    end
    private_constant :Wakeup
  end
end
