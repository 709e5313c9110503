# frozen_string_literal: true

module Kaal
  module Queue
    # Performs jobs in tasks of the async gem, one for each.
    class Fibers
      # How often a stop looks whether the jobs have ended, in seconds.
      PAUSE = 0.01
      private_constant :PAUSE

      # @return [Async::Task]
      attr_reader :task

      # @param queue [Native::Queue]
      # @param limit [Integer] how many jobs at a time
      # @param parent [#async] an Async::Task, reactor or the like
      # @param performer [Performer]
      # @param notices [Notices] which are told between jobs
      def initialize(queue, limit, parent, performer, notices)
        require 'async/condition'
        @queue = queue
        @feed = Feed.new(queue)
        @limit = limit
        @performer = performer
        @notices = notices
        @jobs = {}.compare_by_identity # their tasks
        @freed = Async::Condition.new
        @task = parent.async(transient: true, annotation: Server.name) { |task| work(task) }
      end

      # Whether all jobs have ended within so many seconds.
      def join(seconds)
        limit = Process.clock_gettime(Process::CLOCK_MONOTONIC) + seconds
        until @jobs.empty?
          return false if Process.clock_gettime(Process::CLOCK_MONOTONIC) >= limit

          sleep PAUSE
        end
        true
      end

      # Ends the tasks that are at work.
      def kill
        @task.stop
        stop_jobs
      end

      private

      def work(task)
        pid = Process.pid
        while pid == Process.pid
          @freed.wait while @jobs.size >= @limit
          jobs = @feed.take(@limit - @jobs.size)
          return closed = true unless jobs

          spread(jobs, task)
          @notices.tell
        end
      ensure
        @feed.close
        # Where it is stopped itself, as at the end of the reactor: transient tasks are not stopped with their parent.
        stop_jobs unless closed
      end

      def stop_jobs
        @jobs.keys.reverse_each(&:stop) # a copy: each takes itself out
      end

      def spread(jobs, task)
        while (job = jobs.shift)
          begin_job(job, task)
        end
      ensure
        jobs.each { |id, token| @queue.give_back(id, token) }
      end

      def begin_job(job, task)
        task.async(transient: true) do |own|
          @jobs[own] = true
          @performer.call(job)
        ensure
          @jobs.delete(own)
          @freed.signal
        end
      end
    end
    private_constant :Fibers
  end
end
