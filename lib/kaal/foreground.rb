# frozen_string_literal: true

require_relative 'signal_pipe'

module Kaal
  # Runs the scheduler until TERM or INT, or until its terminal is closed. The first of them lets it end the batch that
  # it is working on, the second ends the process at once. Any other HUP reads the scheduler file again.
  class Foreground
    # How long the batch may take, in seconds. Those who end processes have no more patience either.
    PATIENCE = 30
    # How often it looks whether the scheduler still runs, in seconds.
    LOOK_EVERY = 1
    # How long a second signal may wait, in seconds.
    BRIEFLY = 0.05
    SIGNALS = %w[TERM INT HUP].freeze
    private_constant :SIGNALS, :PATIENCE, :LOOK_EVERY, :BRIEFLY

    # @param name [String] what runs it, for messages
    # @param screen [#say, #refresh] what is told of it; `refresh` is called once a second
    def initialize(name, screen)
      @name = name
      @screen = screen
      @terminals = [$stdin, $stdout].select(&:tty?)
    end

    # @raise [RuntimeError] when the scheduler runs already, and what starting it or its own end raises
    def run
      SignalPipe.listen(SIGNALS) do |signals|
        @thread = Kaal.start! || raise('the scheduler already runs in this process')
        say 'Kaal scheduler started in foreground'
        serve(signals)
      ensure
        # Also when an exception ends it: the batch is claimed, and would be lost.
        Kaal.stop!(timeout: PATIENCE) if @thread
      end
      say 'Kaal scheduler stopped'
    end

    private

    def serve(signals)
      while Kaal.running?
        refresh
        signal = signals.next(LOOK_EVERY)
        return stop(signal, signals) if signal && (signal != 'HUP' || terminal_closed?)

        Kaal.reload_scheduler_file! if signal
      end
      @thread.join # raises what has ended it
    end

    def stop(signal, signals)
      say "Received #{signal}, stopping Kaal scheduler..."
      limit = now + PATIENCE
      until Kaal.stop!(timeout: BRIEFLY)
        again = signals.next(0)
        force("forced to end by #{again}, while a callback was running") if again && again != 'HUP'
        force("a callback still runs after #{PATIENCE} s") if now > limit
      end
    end

    # One that is closed is none any more, and sends a HUP.
    def terminal_closed?
      @terminals.any? && @terminals.none?(&:tty?)
    end

    def say(text)
      @screen.say(text)
    rescue Errno::EIO
      nil # the terminal is closed
    end

    def refresh
      @screen.refresh
    rescue Errno::EIO
      nil # likewise
    end

    # Without what is to be done at exit, where the scheduler would be waited for.
    def force(cause)
      $stdout.flush
      warn "#{@name} failed: #{cause}"
    ensure
      exit!(1) # also where the terminal is closed, and takes no word
    end

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end
  private_constant :Foreground
end
