# frozen_string_literal: true

require_relative 'monotonic'

module Kaal
  class Coordinator
    # Knows when to look whether delayed jobs are due: when the first one is that is known, and each second, for
    # other processes enqueue some. A look is one small read.
    class Lookout
      include Monotonic

      # How often it looks, in seconds.
      EVERY = 1.0
      # How often where there is no table for them, in seconds: then nobody uses any.
      EVERY_WITHOUT = 60.0
      # How soon it looks again when others are just taking what is due, in seconds.
      MOMENT = 0.01
      private_constant :EVERY, :EVERY_WITHOUT, :MOMENT

      # @param clock [StoreClock]
      def initialize(configuration, clock)
        @configuration = configuration
        @clock = clock
        @mutex = Mutex.new
        @at = monotonic
        @expected = nil
      end

      # A job was enqueued here, for that time.
      #
      # @return [Boolean] whether that is sooner than the next look
      def expect(time)
        at = monotonic + (time - @clock.now)
        @mutex.synchronize do
          sooner = at < [@expected, @at].compact.min
          @expected = at if @expected.nil? || at < @expected
          sooner
        end
      end

      # In how many seconds to look.
      def pause
        [@mutex.synchronize { [@expected, @at].compact.min } - monotonic, 0.0].max
      end

      # Looks, if it is time.
      #
      # @param now [Boolean] whether it is time in any case
      # @return [Boolean] whether there is something to take
      def due?(store, now)
        return false unless now || pause.zero?

        # Before it asks: what is added after that it has to look for again.
        @mutex.synchronize { @expected = nil }
        left = left(*store.next_due)
        plan(left.clamp(0.0, EVERY))
        !left.positive?
      end

      # What was due is taken: what comes next is not known.
      #
      # @param any [Boolean] whether there was any, or others are just taking it
      def taken(any)
        plan(any ? 0.0 : MOMENT)
      end

      # The store has failed.
      def failed(error)
        unused = error.message.include?('create_tables!')
        plan(unused ? EVERY_WITHOUT : @configuration.tick_interval)
        return if unused && error.message.include?('kaal_delayed_jobs')

        Report.error(@configuration, 'cannot look for delayed jobs, trying again', error)
      end

      private

      # In how many seconds the first one is due. Stores know microseconds.
      def left(run_at, lease_ends_in)
        [run_at && (run_at - @clock.now).round(6), lease_ends_in, EVERY].compact.min
      end

      def plan(seconds)
        @mutex.synchronize { @at = monotonic + seconds }
      end
    end
    private_constant :Lookout
  end
end
