# frozen_string_literal: true

module Kaal
  class Coordinator
    # How many runs are claimed at once: few enough that their callbacks are called well within the
    # lease, and that a crash loses little. Begins with one and learns.
    class Pace
      # What a crash between claim and callback can lose.
      LARGEST = 50
      # The part of a lease that a batch may take.
      PART = 0.25
      private_constant :PART

      def initialize
        @size = 1
        @seconds = 0.0
      end

      # @param lease [Numeric] seconds
      def size(lease)
        fitting = @seconds.positive? ? (lease * PART / @seconds).floor : LARGEST
        fitting.clamp(1, @size)
      end

      # Learns that none of a batch was to be called: that costs a crash nothing.
      def took_nothing
        @size = [@size * 2, LARGEST].min
      end

      # Learns how long a run has taken.
      def took(seconds)
        @size = [@size * 2, LARGEST].min
        # Slower counts at once, faster by and by.
        @seconds = [seconds, (@seconds * 0.9) + (seconds * 0.1)].max
      end
    end
    private_constant :Pace
  end
end
