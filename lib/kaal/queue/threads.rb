# frozen_string_literal: true

module Kaal
  module Queue
    # Performs jobs on threads, each one at a time.
    class Threads
      # How long a thread waits for a job before it looks around, in seconds.
      PATIENCE = 1.0
      private_constant :PATIENCE

      # @return [Array<Thread>]
      attr_reader :task

      # @param queue [Native::Queue]
      # @param count [Integer]
      # @param performer [Performer]
      # @param notices [Notices] which are told between jobs
      def initialize(queue, count, performer, notices)
        @queue = queue
        @performer = performer
        @notices = notices
        @task = Array.new(count) do |number|
          thread = Thread.new { work }
          thread.name = "kaal-queue-#{number}"
          thread
        end
      end

      # Whether all have ended within so many seconds; the caller need not, if it is one of them.
      def join(seconds)
        limit = now + seconds
        others.map { |thread| thread.join([limit - now, 0].max) }.all?
      end

      # Ends those that are at work.
      def kill
        others.each(&:kill)
      end

      private

      def others
        @task - [Thread.current]
      end

      # An interrupt comes while it waits, or within a job: a job that was taken is somebody's.
      def work
        pid = Process.pid
        Thread.handle_interrupt(Object => :on_blocking) do
          while pid == Process.pid && (jobs = @queue.take(1, PATIENCE))
            jobs.each { |job| @performer.call(job) }
            @notices.tell
          end
        end
      end

      def now
        Process.clock_gettime(Process::CLOCK_MONOTONIC)
      end
    end
    private_constant :Threads
  end
end
