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

      # @param largest [Integer] how many at most
      def initialize(largest = LARGEST)
        @largest = largest
        @size = 1
        @seconds = 0.0
      end

      # @param lease [Numeric] seconds
      def size(lease)
        fitting = @seconds.positive? ? (lease * PART / @seconds).floor : @largest
        fitting.clamp(1, @size)
      end

      # Learns that none of a batch was to be called: that costs a crash nothing.
      def took_nothing
        @size = [@size * 2, @largest].min
      end

      # Learns that a batch could not be had: a smaller one may be.
      def failed
        @size = [@size / 2, 1].max
      end

      # Learns how long a run has taken.
      def took(seconds)
        @size = [@size * 2, @largest].min
        # Slower counts at once, faster by and by.
        @seconds = [seconds, (@seconds * 0.9) + (seconds * 0.1)].max
      end
    end
    private_constant :Pace
  end
end
