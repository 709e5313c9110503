# frozen_string_literal: true

module Kaal
  class Coordinator
    # The threads that callbacks are called on: those of `dispatch_threads`, or where there are none the
    # scheduler's own. Made when first needed, in each process.
    class Workers
      def initialize(configuration)
        @configuration = configuration
        @pid = nil
        @threads = []
      end

      # Calls the block with what `take` gives, on a thread that is free; waits until one is, and takes
      # only then.
      def call(take, &work)
        count = @configuration.dispatch_threads
        return yield take.call if count < 1

        start(count) unless ours? && @threads.size == count
        @idle.pop
        @work << [work, take.call]
      end

      # Waits until all that was given to them is done.
      def drain
        return if !ours? || own?(Thread.current)

        tokens = @threads.map { @idle.pop }
        tokens.each { |token| @idle << token }
      end

      # Ends the threads when all is done.
      def stop
        return unless ours?

        drain
        @work.close
        @threads.each(&:join)
        @threads = []
        @pid = nil
      end

      def own?(thread)
        ours? && @threads.include?(thread)
      end

      private

      def ours?
        @pid == Process.pid
      end

      def start(count)
        stop
        @pid = Process.pid
        @work = Queue.new
        @idle = Queue.new
        count.times { @idle << true }
        @threads = Array.new(count) { |number| worker(number) }
      end

      def worker(number)
        thread = Thread.new(@work, @idle) do |work, idle|
          while (block, run = work.pop)
            serve(block, run)
            idle << true
          end
        end
        thread.name = "kaal-#{number}"
        thread
      end

      # An `exit` in a callback would end the thread, and only that.
      def serve(block, run)
        block.call(run)
      rescue Exception => e # rubocop:disable Lint/RescueException
        @configuration.logger&.error("[Kaal] a callback ended with #{e.class}: #{e.message}")
      end
    end
    private_constant :Workers
  end
end
