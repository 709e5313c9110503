# frozen_string_literal: true

require_relative 'coordinator/wakeup'
require_relative 'coordinator/job_source'
require_relative 'coordinator/dispatcher'
require_relative 'coordinator/recovery'

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
      @made_at = Time.now.to_f.ceil
      forget
    end

    # @return [Thread, nil] nil when it runs already. One that is still stopping is followed by the
    #   new one.
    def start!
      @starting.synchronize do
        before = @run if running?
        return if before && !before.wakeup.stopped?

        warn_of_configuration
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
      return false if run.thread == Thread.current

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
    def tick!
      tick { false }
    end

    # Stops, and forgets what was handed out.
    #
    # @raise [RuntimeError] when it does not stop
    def reset!
      raise 'the scheduler did not stop' unless stop!

      forget
    end

    # Makes a sleeping scheduler look again at what is due next.
    def wake
      @run.wakeup.wake if running?
    end

    private

    def forget
      @run = nil
      @timeline = nil
      @jobs = JobSource.new(@configuration, @registry)
      @dispatcher = Dispatcher.new(@configuration, @registry)
    end

    # In batches, each claimed when it is about to be called, until the block says to stop or the
    # store fails: what is left is due at the next tick too.
    def tick
      follow_definitions
      @dispatcher.call_claimed(timeline)
      until yield
        runs = timeline.due(Time.now.to_i, horizon, @dispatcher.batch)
        break if runs.empty? || @dispatcher.dispatch(runs, timeline).nil?
      end
    end

    # A timeline that is empty wants all jobs; one that has them, only what has changed.
    def follow_definitions
      jobs = @jobs.changes(timeline.empty?)
      return unless jobs

      timeline.replace(jobs, Time.now.to_i, look_back).each do |key, reason|
        log(:error, "job #{key} is left out: #{reason}")
      end
    end

    # Made anew when zone or policy change.
    def timeline
      terms = [@configuration.effective_time_zone, @configuration.dst]
      @timeline = nil unless @timeline_terms == terms
      @timeline_terms = terms
      @timeline ||= Native::Timeline.new(*terms)
    end

    # How far back the runs go of a job that is new here, in seconds. Locks that end with the process
    # that has them tell nothing of what one has dispatched that is gone; where no log does, what was due
    # before this scheduler was made is left alone.
    def look_back
      return @configuration.window_lookback unless unprotected?

      (Time.now.to_i - @made_at + 1).clamp(0, @configuration.window_lookback)
    end

    def unprotected?
      backend = @configuration.backend
      backend.respond_to?(:leases_end_with_process?) && backend.leases_end_with_process? && !@dispatcher.log?
    end

    # How far back a run may be that is still claimed: as far as a claim protects it from being
    # dispatched twice. Leases protect the look-back and a tick interval, the log the whole recovery
    # window.
    def horizon
      recovery_window = recovery? ? @configuration.recovery_window.to_i : 0
      [recovery_window, @configuration.window_lookback, @configuration.tick_interval].max
    end

    def recovery?
      @configuration.enable_dispatch_recovery && @dispatcher.log?
    end

    def run(wakeup)
      recovery = guarded { Recovery.new(@configuration, @jobs, @dispatcher) } if @configuration.enable_dispatch_recovery
      until wakeup.stopped?
        guarded { tick { wakeup.stopped? } }
        guarded { recovery&.step(timeline) } unless wakeup.stopped?
        wakeup.wait(pause(recovery))
      end
    end

    # Until the next run is due or recovery goes on, a tick interval at most, in seconds.
    def pause(recovery)
      now = Time.now.to_f
      due = [timeline.next_due, recovery&.next_step].compact.min
      longest = [@configuration.tick_interval, 1].max.to_f
      due ? (due - now).clamp(0.0, longest) : longest
    rescue StandardError
      longest || 1.0
    end

    def guarded
      yield
    rescue *Dispatcher::FAILURES => e
      log(:error, "tick failed: #{e.class}: #{e.message}")
      nil
    end

    def warn_of_configuration
      @configuration.validate.each { |message| log(:warn, "configuration: #{message}") }
      return unless unprotected?

      log(:warn, 'session locks end with the process that has them: without enable_log_dispatch_registry a run may ' \
                 'be dispatched again when that process ends, and nothing from before this start is dispatched')
    end

    def log(level, message)
      @configuration.logger&.public_send(level, "[Kaal] #{message}")
    end
  end
end
