# frozen_string_literal: true

module Kaal
  module Queue
    # Takes jobs on a thread, for a fiber that waits for them at a pipe. A reactor of async 1 does not end while a fiber
    # waits for a thread, however transient its task is.
    class Feed
      # How long the thread waits for a job until it answers with none, in seconds.
      PATIENCE = 1.0
      private_constant :PATIENCE

      # @param queue [Native::Queue]
      def initialize(queue)
        @queue = queue
        @wanted = Thread::Queue.new
        @answers = Thread::Queue.new
        @reader, @writer = IO.pipe
        @thread = Thread.new { serve }
        @thread.name = 'kaal-queue'
      end

      # @param count [Integer] how many at most
      # @return [Array<Array>, nil] as of {Native::Queue}: nil where the queue is closed
      def take(count)
        @wanted << count
        @reader.wait_readable
        @reader.read_nonblock(1)
        @answers.pop
      end

      # Nothing is taken any more; what nobody has heard of goes back.
      def close
        @wanted.close
        give_back
      end

      private

      # An interrupt comes while it waits: what it has taken is answered with.
      def serve
        Thread.handle_interrupt(Object => :on_blocking) do
          while (count = @wanted.pop)
            @answers << @queue.take(count, PATIENCE)
            @writer.write_nonblock('.')
            give_back if @wanted.closed?
          end
        end
      end

      # Each answer is popped once, by whoever comes first.
      def give_back
        loop { @answers.pop(true)&.each { |id, token| @queue.give_back(id, token) } }
      rescue ThreadError
        nil # there is none
      end
    end
    private_constant :Feed
  end
end
