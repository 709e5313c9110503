# frozen_string_literal: true

module Kaal
  module Queue
    # A server at work: from its start to its stop, in the process that started it.
    class Run
      # How long a stop waits until Redis has heard of the last outcomes, in seconds.
      FAREWELL = 5.0
      private_constant :FAREWELL

      # @param queue [Native::Queue] one of its own
      def initialize(queue)
        @queue = queue
        @pid = Process.pid
        queue.keep
      end

      attr_reader :queue

      # False in a forked child, where nothing runs.
      def here?
        @pid == Process.pid
      end

      # Has jobs performed.
      #
      # @yieldreturn [Threads, Fibers]
      # @return [Async::Task, Array<Thread>]
      def work
        @workers = yield
        @workers.task
      end

      def working?
        !@workers.nil?
      end

      # @param timeout [Numeric] seconds
      # @return [Boolean] whether all jobs ended in time; those that did not are ended and go back
      def stop(timeout)
        @queue.close
        done = @workers.nil? || @workers.join(timeout)
        unless done
          @queue.abandon
          @workers.kill
        end
        @queue.wait_until_left(FAREWELL)
        done
      end
    end
    private_constant :Run
  end
end
