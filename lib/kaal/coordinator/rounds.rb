# frozen_string_literal: true

require_relative 'monotonic'

module Kaal
  class Coordinator
    # The rounds of a running scheduler: in each a tick, if it is time, and a look at the delayed jobs, which are
    # looked for more often.
    class Rounds
      include Monotonic

      # @param parts [Array<#pause>] what says in how many seconds a tick is due
      # @param delayed_jobs [DelayedJobs]
      def initialize(configuration, wakeup, parts, delayed_jobs)
        @configuration = configuration
        @wakeup = wakeup
        @parts = parts
        @delayed_jobs = delayed_jobs
      end

      # Until it is stopped, or finds itself in a child that a callback has forked.
      #
      # @yield to tick
      # @yieldreturn [Boolean] whether the store has answered: else it is asked for delayed jobs only after the
      #   next tick, for each question to one that hangs takes as long as its answer may take
      def call
        pid = Process.pid
        tick_at = monotonic
        until @wakeup.stopped? || Process.pid != pid
          if monotonic >= tick_at
            answered = yield
            tick_at = monotonic + pause
          end
          @delayed_jobs.step { @wakeup.stopped? } if answered && !@wakeup.stopped?
          look_in = (@delayed_jobs.pause if answered)
          tick_at = monotonic if @wakeup.wait([tick_at - monotonic, *look_in].min.clamp(0.0, nil))
        end
      end

      private

      # Until the next run is due, a callback is to be called again or recovery goes on, a tick interval at
      # most, in seconds.
      def pause
        longest = [@configuration.tick_interval, 1].max.to_f
        [*@parts.filter_map(&:pause), longest].min.clamp(0.0, longest)
      rescue StandardError
        longest
      end
    end
    private_constant :Rounds
  end
end
