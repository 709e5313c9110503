# frozen_string_literal: true

module Kaal
  class Coordinator
    # A run that was claimed. `fire_time` is in unix seconds, `claimed_at` by the monotonic clock, `attempt`
    # says how often it was called; `open`: it is one of {OpenClaims}; `taken_over`: it was another's.
    Claimed = Struct.new(:key, :fire_time, :claimed_at, :attempt, :open, :taken_over) do
      # What its claim is known by.
      def id
        [key, fire_time]
      end

      def time
        Time.at(fire_time).utc
      end

      def to_s
        "#{key} at #{time.iso8601}"
      end
    end
    private_constant :Claimed
  end
end
