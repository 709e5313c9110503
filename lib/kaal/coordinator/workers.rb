# frozen_string_literal: true

module Kaal
  class Coordinator
    # The threads that callbacks are called on: those of `dispatch_threads`, or where there are none the
    # scheduler's own. Made when first needed, in each process.
    class Workers
      def initialize(configuration)
        @configuration = configuration
        @draining = Mutex.new
        @pid = nil
        @threads = []
      end

      # Calls the block with what `take` gives, on a thread that is free; waits until one is, and takes
      # only then. A callback that ticks has its thread already, and would wait for itself.
      def call(take, &work)
        count = @configuration.dispatch_threads
        return yield take.call if count < 1 || own?(Thread.current)

        start(count) unless ours? && @threads.size == count && @threads.all?(&:alive?)
        # An interrupt comes while it waits, or after: what is taken is served.
        Thread.handle_interrupt(Object => :on_blocking) do
          @idle.pop
          @work << [work, take.call]
        end
      end

      # Waits until all that was given to them is done.
      def drain
        return if !ours? || own?(Thread.current)

        # One at a time: of two, each would have what the other waits for.
        @draining.synchronize { wait_for_all }
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

      # Gives back what it has got hold of also when it is interrupted.
      def wait_for_all
        Thread.handle_interrupt(Object => :on_blocking) do
          tokens = []
          begin
            tokens << @idle.pop while tokens.size < @threads.size
          ensure
            tokens.each { |token| @idle << token }
          end
        end
      end

      def start(count)
        stop
        @pid = Process.pid
        @work = Thread::Queue.new
        @idle = Thread::Queue.new
        count.times { @idle << true }
        @threads = Array.new(count) { |number| worker(number) }
      end

      def worker(number)
        thread = Thread.new(@work, @idle) do |work, idle|
          while (block, run = work.pop)
            begin
              serve(block, run)
            ensure
              idle << true # also when the thread is killed
            end
          end
        end
        thread.name = "kaal-#{number}"
        thread
      end

      # An `exit` in a callback would end the thread, and only that.
      def serve(block, run)
        block.call(run)
      rescue Exception => e # rubocop:disable Lint/RescueException
        raise if @pid != Process.pid # a child that was forked within the callback ends

        @configuration.logger&.error("[Kaal] a callback ended with #{e.class}: #{e.message}")
      end
    end
    private_constant :Workers
  end
end
