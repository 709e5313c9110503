# frozen_string_literal: true

module Kaal
  module RakeTasks
    # Runs the scheduler until TERM or INT: `kaal:start`. The first of them lets it end the batch that it
    # is working on, the second ends the process at once. A HUP reads the scheduler file again.
    class Foreground
      # How long the batch may take, in seconds. Those who end processes have no more patience either.
      PATIENCE = 30
      # How often it looks whether the scheduler still runs, in seconds.
      LOOK_EVERY = 1
      # How long a second signal may wait, in seconds.
      BRIEFLY = 0.05
      SIGNALS = %w[TERM INT HUP].freeze
      private_constant :SIGNALS, :PATIENCE, :LOOK_EVERY, :BRIEFLY

      # @raise [RuntimeError] when the scheduler runs already, and what starting it or its own end raises
      def run
        listening do
          @thread = Kaal.start! || raise('the scheduler already runs in this process')
          say 'Kaal scheduler started in foreground'
          serve
        end
        say 'Kaal scheduler stopped'
      end

      private

      # A handler may take no lock, so it only tells which signal came.
      def listening
        @reader, writer = IO.pipe
        before = SIGNALS.to_h do |signal|
          [signal, Signal.trap(signal) { writer.write_nonblock("#{signal}\n", exception: false) }]
        end
        yield
      ensure
        before&.each { |signal, handler| Signal.trap(signal, handler || 'DEFAULT') }
      end

      def serve
        while Kaal.running?
          case (signal = next_signal(LOOK_EVERY))
          when nil then next
          when 'HUP' then Kaal.reload_scheduler_file!
          else return stop(signal)
          end
        end
        @thread.join # raises what has ended it
      end

      def next_signal(seconds)
        @reader.gets.chomp if @reader.wait_readable(seconds)
      end

      def stop(signal)
        say "Received #{signal}, stopping Kaal scheduler..."
        limit = now + PATIENCE
        until Kaal.stop!(timeout: BRIEFLY)
          again = next_signal(0)
          force("forced to end by #{again}, while a callback was running") if again && again != 'HUP'
          force("a callback still runs after #{PATIENCE} s") if now > limit
        end
      end

      # Without what is to be done at exit, where the scheduler would be waited for.
      def force(cause)
        $stdout.flush
        warn "kaal:start failed: #{cause}"
        exit!(1)
      end

      def now
        Process.clock_gettime(Process::CLOCK_MONOTONIC)
      end

      # At once, also into a pipe.
      def say(line)
        $stdout.puts(line)
        $stdout.flush
      end
    end
    private_constant :Foreground
  end
end
