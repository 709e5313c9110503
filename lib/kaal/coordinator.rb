# frozen_string_literal: true

require_relative 'coordinator/store_clock'
require_relative 'coordinator/agenda'
require_relative 'coordinator/job_source'
require_relative 'coordinator/dispatcher'
require_relative 'coordinator/delayed_jobs'
require_relative 'coordinator/takeover'
require_relative 'coordinator/recovery'
require_relative 'coordinator/rounds'
require_relative 'coordinator/backfill'
require_relative 'coordinator/extra_run'
require_relative 'coordinator/job_statuses'
require_relative 'coordinator/warnings'

module Kaal
  # The scheduler: claims what is due and calls the callbacks, on a thread of its own.
  class Coordinator
    # A running scheduler belongs to the process that started it: in a forked child nothing runs.
    Run = Struct.new(:pid, :thread, :wakeup)
    private_constant :Run

    # @param configuration [Configuration]
    # @param registry [Registry] the jobs that have callbacks here
    def initialize(configuration:, registry:)
      @configuration = configuration
      @registry = registry
      @starting = Mutex.new
      forget
    end

    # While the store fails it starts all the same: the loop tries to load the scheduler file again.
    #
    # @return [Thread, nil] nil when it runs already. One that is still stopping is followed by the
    #   new one.
    # @raise [SchedulerConfigError] when the scheduler file was to be loaded first, and is wrong
    def start!
      @agenda.load_scheduler_file
      @starting.synchronize do
        before = @run if running?
        return if before && !before.wakeup.stopped?

        Warnings.log(@configuration, @agenda.unprotected?)
        wakeup = Wakeup.new
        thread = Thread.new do
          before&.thread&.join
          run(wakeup)
        end
        thread.name = 'kaal'
        @run = Run.new(Process.pid, thread, wakeup)
        thread
      end
    end

    # Ends the scheduler after the batch that it is working on, which is claimed and would be lost.
    # Takes no lock, so that a trap may call it; from a callback it only asks, and is false.
    #
    # @param timeout [Numeric] seconds
    # @return [Boolean] whether nothing runs
    def stop!(timeout: 30)
      run = @run
      return true unless running?

      run.wakeup.stop
      return false if run.thread == Thread.current || @dispatcher.worker?

      !run.thread.join(timeout).nil?
    end

    def running?
      run = @run
      !run.nil? && run.pid == Process.pid && run.thread.alive?
    end

    # @return [Thread]
    # @raise [RuntimeError] when it does not stop
    def restart!
      raise 'the scheduler did not stop' unless stop!

      start!
    end

    # Claims and dispatches what is due by `Time.now`, once. What an exception leaves of runs that are to be
    # dispatched at least once others may take over.
    #
    # @return [nil]
    # @raise [SchedulerConfigError] as of {#start!}
    # @raise [Backend::StoreError] when the store fails while the scheduler file is loaded
    def tick!
      Kaal.load_deferred_scheduler_file!
      answered = tick { false }
      answered = tick { false } while @takeover.pause
      more = answered && @delayed_jobs.step(now: true) { false }
      more = @delayed_jobs.step { false } while more
      done = true
      nil
    ensure
      @dispatcher.drain
      @delayed_jobs.flush
      [@dispatcher, @delayed_jobs].each(&:hand_over) unless done
    end

    # Stops, and forgets what was handed out.
    #
    # @return [void]
    # @raise [RuntimeError] when it does not stop
    def reset!
      raise 'the scheduler did not stop' unless stop!

      @dispatcher.stop
      @delayed_jobs.stop
      forget
    end

    # Dispatches what the log does not show of a job's runs, on this thread.
    #
    # @param key [String] the job's
    # @param first [Time] the first fire time
    # @param last [Time] the last one
    # @param progress [#call, nil] is told how far it is
    # @return [Integer] how many ran
    # @see Kaal.backfill
    def backfill(key, first, last, progress = nil)
      Backfill.make(@configuration, @registry).call(key, first, last, progress)
    end

    # Dispatches a run of a job that its schedule does not have, on this thread.
    #
    # @param key [String] the job's
    # @return [Time] the fire time, in UTC
    # @see Kaal.dispatch_now
    def dispatch_now(key)
      ExtraRun.make(@configuration, @registry).call(key)
    end

    # @return [Array<JobStatus>]
    # @see Kaal.job_statuses
    def job_statuses
      JobStatuses.new(@configuration, @registry).call
    end

    # How far the recovery of missed runs is, see {Recovery#progress}.
    #
    # @return [Hash, nil]
    def recovery_progress = @recovery&.progress

    # How far the store's clock is ahead of this machine's, in seconds; nil: not known.
    #
    # @return [Float, nil]
    def clock_skew
      @clock.refresh
      @clock.skew
    end

    # When the next run is due, as far as the last tick knew, or the next delayed job.
    #
    # @api private
    # @return [Time, nil] nil: none ever
    def next_due_at = [@agenda.next_due_at, @delayed_jobs.next_due_at].compact.min

    # Makes a sleeping scheduler look again at what is due next.
    #
    # @return [void]
    def wake
      @run.wakeup.wake if running?
    end

    # A delayed job was enqueued in this process.
    #
    # @api private
    def expect_delayed_job(time)
      @run.wakeup.look if @delayed_jobs.expect(time) && running?
    end

    private

    def forget
      @run = nil
      @recovery = nil
      @clock = StoreClock.new(@configuration)
      @jobs = JobSource.new(@configuration, @registry)
      @dispatcher = Dispatcher.new(@configuration, @registry, @jobs, @clock)
      @takeover = Takeover.new(@configuration, @jobs, @dispatcher)
      @delayed_jobs = DelayedJobs.new(@configuration, @clock, @dispatcher.workers)
      @agenda = Agenda.new(@configuration, @jobs, @clock, @dispatcher.method(:log?))
    end

    # In batches, each claimed when it is about to be called, until the block says to stop or the
    # store fails: what is left is due at the next tick too.
    #
    # An interrupt comes while something waits or a callback runs, not between the steps of a run, which
    # nobody would have then.
    #
    # @return [Boolean] whether the store has answered; else it is not asked for more
    def tick(&)
      Thread.handle_interrupt(Object => :on_blocking) do
        Events.tell('tick', { due: 0 }) do |payload|
          @agenda.refresh(@clock.refresh)
          @dispatcher.call_claimed(@agenda.timeline)
          done = dispatch_due(payload, &)
          @agenda.reread unless done.nil?
          done && !@jobs.failed? ? @takeover.step(@agenda.timeline) : @takeover.clear
          !done.nil? && !@jobs.failed?
        end
      end
    end

    # @return [Boolean, nil] whether there is nothing left; nil: the store has not answered
    def dispatch_due(payload)
      until yield
        runs = @agenda.due(@dispatcher.batch)
        payload[:due] += runs.size
        return true if runs.empty?
        return if @dispatcher.dispatch(runs, @agenda.timeline).nil?
      end
      false
    end

    def run(wakeup)
      @recovery = (Recovery.new(@configuration, @jobs, @dispatcher, @clock) if @configuration.enable_dispatch_recovery)
      Rounds.new(@configuration, wakeup, [@agenda, @dispatcher, @takeover, *@recovery], @delayed_jobs).call do
        answered = guarded { tick { wakeup.stopped? } }
        guarded { @recovery&.step(@agenda.timeline) } unless wakeup.stopped?
        answered
      end
    ensure
      @dispatcher.stop
      @delayed_jobs.stop
    end

    def guarded
      yield
    rescue *FAILURES => e
      Report.error(@configuration, "tick failed: #{e.class}", e)
      nil
    end
  end
end
