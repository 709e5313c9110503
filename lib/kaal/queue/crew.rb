# frozen_string_literal: true

module Kaal
  module Queue
    # The threads that perform the jobs of several queues, and their places.
    class Crew
      # @return [Places]
      attr_reader :places

      # @param size [Integer] how many threads
      # @param queues [Integer] how many
      def initialize(size, queues)
        @places = Places.new(size, queues)
        @work = Thread::Queue.new
        size.times { start }
      end

      # Has a thread call the block. A place has been taken for it, and is free afterwards.
      def perform(&block)
        @work << block
      end

      # Ends the threads, when they have nothing to do.
      def close
        @work.close
      end

      private

      def start
        Thread.new { work }.name = 'kaal-worker'
      end

      # What was handed over is begun, whatever interrupts: within a job it may be again.
      def work
        pid = Process.pid
        Thread.handle_interrupt(Object => :on_blocking) do
          while pid == Process.pid && (block = @work.pop)
            Thread.handle_interrupt(Object => :never) { call(block) }
          end
        end
      end

      def call(block)
        block.call
        returned = true
      ensure
        start unless returned # a job has ended this thread
        @places.give_back(1)
      end
    end
    private_constant :Crew
  end
end
