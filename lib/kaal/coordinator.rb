# frozen_string_literal: true

require_relative 'coordinator/report'
require_relative 'coordinator/store_clock'
require_relative 'coordinator/agenda'
require_relative 'coordinator/wakeup'
require_relative 'coordinator/job_source'
require_relative 'coordinator/dispatcher'
require_relative 'coordinator/takeover'
require_relative 'coordinator/recovery'
require_relative 'coordinator/backfill'
require_relative 'coordinator/warnings'

module Kaal
  # The scheduler: claims what is due and calls the callbacks, on a thread of its own.
  class Coordinator
    # A running scheduler belongs to the process that started it: in a forked child nothing runs.
    Run = Struct.new(:pid, :thread, :wakeup)
    private_constant :Run

    def initialize(configuration:, registry:)
      @configuration = configuration
      @registry = registry
      @starting = Mutex.new
      forget
    end

    # @return [Thread, nil] nil when it runs already. One that is still stopping is followed by the
    #   new one.
    # @raise [SchedulerConfigError] when the scheduler file was to be loaded first, and cannot be
    def start!
      Kaal.load_deferred_scheduler_file!
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

    # Claims and dispatches what is due by `Time.now`, once.
    #
    # @raise [SchedulerConfigError] as of {#start!}
    #
    # What an exception leaves of runs that are to be dispatched at least once others may take over.
    def tick!
      Kaal.load_deferred_scheduler_file!
      tick { false }
      tick { false } while @takeover.pause
      done = true
      nil
    ensure
      @dispatcher.drain
      @dispatcher.hand_over unless done
    end

    # Stops, and forgets what was handed out.
    #
    # @raise [RuntimeError] when it does not stop
    def reset!
      raise 'the scheduler did not stop' unless stop!

      @dispatcher.stop
      forget
    end

    # Dispatches what the log does not show of a job's runs, on this thread.
    #
    # @see Kaal.backfill
    def backfill(key, first, last)
      Backfill.make(@configuration, @registry).call(key, first, last)
    end

    # How far the recovery of missed runs is, see {Recovery#progress}.
    def recovery_progress = @recovery&.progress

    # How far the store's clock is ahead of this machine's, in seconds; nil: not known.
    def clock_skew
      @clock.refresh
      @clock.skew
    end

    # When the next run is due, as far as the last tick knew.
    #
    # @api private
    # @return [Time, nil] nil: none ever
    def next_due_at = @agenda.next_due_at

    # Makes a sleeping scheduler look again at what is due next.
    def wake
      @run.wakeup.wake if running?
    end

    private

    def forget
      @run = nil
      @recovery = nil
      @clock = StoreClock.new(@configuration)
      @jobs = JobSource.new(@configuration, @registry)
      @dispatcher = Dispatcher.new(@configuration, @registry, @jobs, @clock)
      @takeover = Takeover.new(@configuration, @jobs, @dispatcher)
      @agenda = Agenda.new(@configuration, @jobs, @clock, @dispatcher.method(:log?))
    end

    # In batches, each claimed when it is about to be called, until the block says to stop or the
    # store fails: what is left is due at the next tick too.
    #
    # An interrupt comes while something waits or a callback runs, not between the steps of a run, which
    # nobody would have then.
    def tick(&)
      Thread.handle_interrupt(Object => :on_blocking) do
        Events.tell('tick', { due: 0 }) do |payload|
          @agenda.refresh(@clock.refresh)
          @dispatcher.call_claimed(@agenda.timeline)
          dispatch_due(payload, &) && !@jobs.failed? ? @takeover.step(@agenda.timeline) : @takeover.clear
        end
      end
    end

    # @return [Boolean] whether there is nothing left, and the store has answered
    def dispatch_due(payload)
      until yield
        runs = @agenda.due(@dispatcher.batch)
        payload[:due] += runs.size
        return true if runs.empty?
        return false if @dispatcher.dispatch(runs, @agenda.timeline).nil?
      end
      false
    end

    def run(wakeup)
      @recovery = (Recovery.new(@configuration, @jobs, @dispatcher, @clock) if @configuration.enable_dispatch_recovery)
      pid = Process.pid
      until wakeup.stopped? || Process.pid != pid # a callback has forked, and this is the child
        guarded { tick { wakeup.stopped? } }
        guarded { @recovery&.step(@agenda.timeline) } unless wakeup.stopped?
        wakeup.wait(pause)
      end
    ensure
      @dispatcher.stop
    end

    # Until the next run is due, a callback is to be called again or recovery goes on, a tick interval at
    # most, in seconds.
    def pause
      longest = [@configuration.tick_interval, 1].max.to_f
      [@agenda.pause, @dispatcher.pause, @takeover.pause, @recovery&.pause, longest].compact.min.clamp(0.0, longest)
    rescue StandardError
      longest
    end

    def guarded
      yield
    rescue *FAILURES => e
      Report.error(@configuration, "tick failed: #{e.class}", e)
    end
  end
end
