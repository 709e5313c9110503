# frozen_string_literal: true

module Soak
  # Which parts of a run are compared: the first after the warm-up, and the last. Both hold whole rounds of the
  # slowest jobs.
  class Windows
    # The least, in seconds: until what is kept for a while has come to its level.
    WARM_UP = 20
    # From how many seconds on a run is long.
    LONG = 300
    private_constant :WARM_UP, :LONG

    # How many seconds.
    attr_reader :seconds

    def initialize(seconds)
      @seconds = seconds
    end

    # How many seconds the slowest jobs have between two runs.
    def slow_seconds
      seconds >= LONG ? 60 : 10
    end

    # How many seconds are between two samples.
    def pause
      seconds >= LONG ? 5 : 1
    end

    def warm_up
      [length, WARM_UP].max
    end

    # A sixth, in whole rounds.
    def length
      [(seconds / 6 / slow_seconds).floor, 1].max * slow_seconds
    end

    # By which part rows and locks may grow: the least of a short window is a matter of chance.
    def leeway
      seconds >= LONG ? 0.01 : 0.2
    end

    # @param samples [Array<Array(Float, Hash{String => Numeric})>] by age in seconds
    # @return [Array(Array<Numeric>, Array<Numeric>)] what the gauge showed in the first and the last window
    def split(name, samples)
      ranges = [warm_up...(warm_up + length), (seconds - length)..seconds]
      ranges.map do |range|
        samples.filter_map { |age, values| values.fetch(name, 0) if range.cover?(age) }
      end
    end
  end
end
