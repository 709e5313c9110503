# frozen_string_literal: true

module Kaal
  module RSpec
    # Moves an example's clock, and ticks whenever a run is due on the way.
    class Travel
      # @param move [#call] sets the clock to a Time and keeps it there
      def initialize(&move)
        @move = move
      end

      # @param duration_or_time [Numeric, ActiveSupport::Duration, Time] seconds from now, or when
      # @return [void]
      # @raise [ArgumentError] when that is in the past, or no time
      def go(duration_or_time)
        arrival = arrival(duration_or_time)
        if arrival < (now = Time.now)
          raise ArgumentError, "cannot travel back, from #{Wording.time(now)} to #{Wording.time(arrival)}"
        end

        depart
        while (due = next_stop) && due <= arrival
          stop(due)
        end
        stop(arrival)
        nil
      end

      private

      def arrival(duration_or_time)
        return Time.now + duration_or_time if duration_or_time.is_a?(Numeric)
        # ActiveSupport makes a time of any text, or nil.
        return duration_or_time.to_time if duration_or_time.respond_to?(:to_time) && !duration_or_time.is_a?(String)

        raise ArgumentError, "expected a duration in seconds or a time, got #{duration_or_time.inspect}"
      end

      # What was due before it set out is left alone.
      def depart
        look_back = Kaal.window_lookback
        @move.call(Time.now)
        Kaal.window_lookback = 0
        Kaal.tick!
      ensure
        Kaal.window_lookback = look_back
      end

      # Where the store fails, what is due stays so: then a tick interval later, as a scheduler does.
      def next_stop
        due = Kaal.coordinator.next_due_at
        due && (due > Time.now ? due : Time.now + Kaal.tick_interval)
      end

      def stop(time)
        @move.call(time)
        Kaal.tick!
      end
    end
    private_constant :Travel
  end
end
