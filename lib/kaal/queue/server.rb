# frozen_string_literal: true

module Kaal
  module Queue
    # Takes jobs from a queue and has a delegate perform them: on threads, or with the async gem in tasks.
    #
    # A job is performed at least once. Whatever it raises has it tried again, with pauses that grow, until
    # `max_attempts`; then it is dead.
    class Server < Client
      # How many jobs at a time, unless said otherwise: on threads, and in tasks.
      CONCURRENCY = { threads: 10, fibers: 1_000 }.freeze
      private_constant :CONCURRENCY

      # @return [#call]
      attr_reader :delegate

      # @param delegate [#call, #start, #stop] performs a job, given as what the coder makes of it
      # @param client [String, URI, Redis, RedisClient, Async::Redis::Client, nil] as of {Client#initialize}
      # @param parent [#async, nil] an Async::Task or the like, whose transient tasks the jobs are; nil: the current
      #   task where {#start} is called in one, else threads
      # @param concurrency [Integer, nil] how many jobs at a time; nil: 10 threads, or 1,000 tasks
      # @param settings [Hash] as of {Client#initialize}
      # @raise [ArgumentError] when a setting, the delegate or the client is not usable
      def initialize(delegate, client, parent: nil, concurrency: nil, **settings)
        super(client, **settings)
        raise ArgumentError, "a delegate must have :call, got #{delegate.class}" unless delegate.respond_to?(:call)

        @delegate = delegate
        @parent = parent
        @concurrency = checked(concurrency)
        @starting = Mutex.new
      end

      # Starts the delegate, where it can be started, and {#start!}s.
      #
      # @return [Object] what {#start!} gives
      def start
        @delegate.start if @delegate.respond_to?(:start)
        start!
      end

      # Begins to take jobs and to look after the queue. In a forked child it has to be called again.
      #
      # @return [Async::Task, Array<Thread>, false] what works; false where it works already
      # @raise [Backend::StoreError] when there can be no thread
      def start!
        @starting.synchronize do
          next false if running?

          run = begin_run
          run.work { workers(run.queue) }
        end
      end

      # Whether it takes jobs, in this process.
      def running?
        run = @run
        !run.nil? && run.here? && run.working?
      end

      # Takes no more jobs, waits for those that run, hands the others back and stops the delegate, where it can
      # be stopped. Jobs that do not end in time are ended.
      #
      # @param timeout [Numeric] seconds
      # @return [Boolean] whether all jobs ended in time
      def stop(timeout: 25)
        run = @run
        @run = nil
        return true if run.nil? || !run.here? || run.stop(timeout)

        Kaal.logger&.warn("[Kaal] queue #{prefix}: jobs that did not end within #{timeout} s were handed back")
        false
      ensure
        @delegate.stop if @delegate.respond_to?(:stop)
      end

      # Waits for a job and performs it.
      #
      # @param parent [#async, nil] in a task of it; nil: here
      # @return [Async::Task, nil] nil also where the server was stopped meanwhile
      def dequeue(parent = nil)
        run = @starting.synchronize { begin_run }
        perform = performer(run.queue)
        return next_job(run) { |job| parent.async { perform.call(job) } } if parent

        # An interrupt comes while it waits, or within the job: a job that was taken is somebody's.
        Thread.handle_interrupt(Object => :on_blocking) { next_job(run) { |job| perform.call(job) } }
      end

      private

      # A run of this process: the one there is, or a new one.
      def begin_run
        return @run if @run&.here?

        @queue = native
        @run = Run.new(@queue)
      end

      def next_job(run)
        jobs = []
        jobs = run.queue.take(1, 1.0) while jobs&.empty?
        yield jobs.first if jobs
      end

      def performer(queue)
        Performer.new(queue, @delegate, prefix, @settings.coder)
      end

      def workers(queue)
        parent = @parent || current_task
        helpers = [performer(queue), Notices.new(queue, prefix)]
        return Threads.new(queue, @concurrency || CONCURRENCY[:threads], *helpers) unless parent

        Fibers.new(queue, @concurrency || CONCURRENCY[:fibers], parent, *helpers)
      end

      def current_task
        Async::Task.current? if defined?(::Async::Task)
      end

      def checked(concurrency)
        return concurrency if concurrency.nil? || (concurrency.is_a?(Integer) && concurrency.positive?)

        raise ArgumentError, "concurrency must be a whole number above 0, is #{concurrency.inspect}"
      end
    end
  end
end
