# frozen_string_literal: true

module Kaal
  module Queue
    # Takes the jobs of one of several queues, for which there is a limit in all, and has a crew perform them.
    #
    # As long as there are jobs it takes places first, and then as many jobs. While there are none it waits for them
    # without a place, which another queue may need: a job that comes when all are taken goes back, for another process
    # may have one, and the lane waits for a place.
    class Lane
      # How long a look at the queue takes at first, and at most, in seconds: meanwhile places are kept from later
      # queues.
      GLANCE = 0.05
      LONGEST = 0.8
      # How long it waits for a job before it looks around, in seconds.
      PATIENCE = 1.0
      private_constant :GLANCE, :LONGEST, :PATIENCE

      # @return [Array<Thread>]
      attr_reader :task

      # @param queue [Native::Queue]
      # @param crew [Crew]
      # @param rank [Integer] the smaller, the earlier it gets a place
      # @param performer [Performer]
      # @param notices [Notices] which are told between jobs
      def initialize(queue, crew, rank, performer, notices)
        @queue = queue
        @crew = crew
        @rank = rank
        @performer = performer
        @notices = notices
        @begun = 0
        @at_work = {}.compare_by_identity # threads of the crew
        @mutex = Mutex.new
        @ended = ConditionVariable.new
        @task = [Thread.new { work }.tap { |thread| thread.name = "kaal-queue-#{rank}" }]
      end

      # Whether all jobs have ended within so many seconds.
      def join(seconds)
        limit = now + seconds
        return false unless @task.first.join([seconds, 0].max)

        @mutex.synchronize do
          @ended.wait(@mutex, limit - now) while @begun.positive? && now < limit
          @begun.zero?
        end
      end

      # Ends the threads that are at work.
      def kill
        [*@task, *@mutex.synchronize { @at_work.keys }].each(&:kill)
      end

      private

      def work
        nil while take_ready && wait
      end

      # Takes jobs until there are fewer than places. False: closed.
      def take_ready
        while (places = @crew.places.take_all(@rank))
          jobs = look(places)
          return unless jobs

          perform(jobs)
          @crew.places.give_back(places - jobs.size)
          @notices.tell
          return true if jobs.size < places
        end
      end

      # Looks again, and longer, as long as Redis has jobs ready, for it may be far away.
      def look(places)
        glance = GLANCE
        loop do
          jobs = @queue.take(places, glance)
          return jobs if jobs.nil? || jobs.any? || glance >= LONGEST || !ready?

          glance *= 2
        end
      end

      # Whether there are jobs that are ready, or on their way back.
      def ready?
        status = @queue.status
        status[:ready].positive? || status[:processing] > @mutex.synchronize { @begun }
      rescue Backend::StoreError
        false
      end

      # Waits until there is more than one job at a time. False: closed.
      def wait
        wanted = [@crew.places.free, 1].max
        while (jobs = @queue.take(wanted, PATIENCE))
          begun = perform_some(jobs)
          @notices.tell
          return true if begun < jobs.size || jobs.size == wanted

          wanted = [@crew.places.free, 1].max
        end
      end

      # Those for which there are places; the others go back, in their order.
      #
      # @return [Integer] how many
      def perform_some(jobs)
        begun = @crew.places.try_take(jobs.size, @rank)
        perform(jobs.take(begun))
        jobs.drop(begun).reverse_each { |id, token| @queue.give_back(id, token) }
        begun
      end

      def perform(jobs)
        @mutex.synchronize { @begun += jobs.size }
        jobs.each { |job| @crew.perform { call(job) } }
      end

      def call(job)
        @mutex.synchronize { @at_work[Thread.current] = true }
        @performer.call(job)
      ensure
        @mutex.synchronize do
          @at_work.delete(Thread.current)
          @begun -= 1
          @ended.broadcast
        end
      end

      def now
        Process.clock_gettime(Process::CLOCK_MONOTONIC)
      end
    end
    private_constant :Lane
  end
end
