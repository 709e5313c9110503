# frozen_string_literal: true

module Kaal
  module Allora
    # Polls its backend, and runs the jobs that it gives.
    class Scheduler
      BACKENDS = { memory: Backend::Memory, redis: Backend::Redis }.freeze
      SIGNALS = %w[TERM INT QUIT].freeze
      private_constant :BACKENDS, :SIGNALS

      # @return [Hash{String => Allora::Job}]
      attr_reader :jobs
      # @return [Allora::Backend]
      attr_reader :backend

      # @option opts [Allora::Backend, Class, Symbol] :backend (:memory) or `:redis`
      # @option opts [Numeric] :interval (0.333) seconds between two polls
      # @option opts [Logger, nil] :logger to $stdout, unless another is given; nil: nothing is logged
      # @option opts [Boolean] :fork (true) whether each run has a forked child; false: a thread
      # @param opts [Hash] the rest goes to the backend
      # @raise [ArgumentError] when one of these cannot be used
      def initialize(opts = {})
        @interval = check_interval(opts.fetch(:interval, 0.333))
        @logger = opts.fetch(:logger) { Logger.new($stdout) }
        @forks = opts.fetch(:fork, true) ? true : false
        @jobs = {}
        @backend = backend_of(opts.fetch(:backend, :memory), opts.except(:backend, :interval, :logger, :fork))
        @backend.logger = @logger if @backend.respond_to?(:logger=)
      end

      # Adds a job, in place of one of that name.
      #
      # @param name [String, Symbol] by which the nodes agree on it
      # @param opts_or_job [Hash, Allora::Job] `every:` (seconds) or `cron:`, or a job
      # @yield each time that the job runs
      # @return [Allora::Job]
      # @raise [ArgumentError] when it does not say when to run, or there is no block
      def add(name, opts_or_job, &)
        name = name.to_s
        raise ArgumentError, 'the name of a job cannot be empty' if name.empty?

        job = job_of(name, opts_or_job, &)
        job.adopt(name, @logger, @forks) if job.respond_to?(:adopt)
        # A running poll goes through the others.
        @jobs = @jobs.merge(name => job)
        job
      end

      # Begins to poll. TERM, INT and QUIT end that, as {#stop}, until it has ended.
      #
      # @return [Thread]
      def start
        return @thread if @thread&.alive?

        @wakeup = Wakeup.new
        handlers = trap_signals(@wakeup)
        @thread = Thread.new(@wakeup, Process.pid) do |wakeup, pid|
          poll_until_stopped(wakeup, pid)
        ensure
          handlers.each { |signal, handler| Signal.trap(signal, handler || 'DEFAULT') } if pid == Process.pid
        end
        @thread.name = 'allora'
        @thread
      end

      # Ends the polling, after the poll that is going on. Takes no lock, so that a trap may call it.
      #
      # @return [nil]
      def stop
        @wakeup&.stop
        nil
      end

      # Waits until it has ended.
      #
      # @return [nil]
      def join
        @thread&.join
        nil
      end

      private

      def check_interval(seconds)
        return seconds if seconds.is_a?(Numeric) && seconds.real? && seconds.positive?

        raise ArgumentError, "interval must be a number of seconds above 0, is #{seconds.inspect}"
      end

      def backend_of(given, options)
        given = given.to_sym if given.is_a?(String)
        given = BACKENDS.fetch(given, given)
        return given.new(options) if given.is_a?(Class)
        return given if given.respond_to?(:reschedule)

        raise ArgumentError, 'backend must be :memory, :redis, a class or an object with reschedule(jobs), ' \
                             "is #{given.inspect}"
      end

      def job_of(name, given, &)
        job = given.respond_to?(:next_at) ? given : job_by(name, given, &)
        return job unless job.is_a?(Job) && blockless?(job)

        raise ArgumentError, "job #{name} has no block: there is nothing to run"
      end

      # A job may do without one that runs in a way of its own.
      def blockless?(job)
        job.block.nil? && job.method(:execute).owner == Job
      end

      def job_by(name, given, &)
        case given
        in { every: seconds } then Job::EveryJob.new(seconds, &)
        in { cron: line } then Job::CronJob.new(line, &)
        else
          raise ArgumentError, "job #{name} does not say when to run: give every: (seconds), cron:, " \
                               'or a job with next_at'
        end
      end

      # What the app does at a signal it still does, also nothing.
      def trap_signals(wakeup)
        SIGNALS.to_h do |signal|
          before = nil
          before = Signal.trap(signal) do
            wakeup.stop
            before.call(Signal.list.fetch(signal)) if before.respond_to?(:call)
          end
          Signal.trap(signal, before) if before == 'IGNORE'
          [signal, before]
        end
      end

      def poll_until_stopped(wakeup, pid)
        until wakeup.stopped? || Process.pid != pid
          poll
          wakeup.wait(@interval)
        end
      end

      def poll
        due = @backend.reschedule(@jobs)
        @logger&.info('[Allora] polls again') if @away
        @away = false
        due.each { |name, job| run(name, job) }
      rescue StandardError, NotImplementedError => e
        @logger&.error("[Allora] cannot poll, trying again: #{e.class}: #{e.message}") unless @away
        @away = true
      end

      def run(name, job)
        job.execute
      rescue StandardError, ScriptError => e
        @logger&.error("[Allora] job #{name} cannot be run: #{e.class}: #{e.message}")
      end
    end
  end
end
