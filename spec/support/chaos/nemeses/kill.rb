# frozen_string_literal: true

module Chaos
  module Nemeses
    # SIGKILL, and another process in its place.
    class Kill < Nemesis
      def aim = aim_at_claims

      def act
        @victim = fleet.numbers.sample(random: random)
        fleet.kill(@victim)
        "SIGKILL of process #{@victim}"
      end

      def undo = fleet.start(@victim)

      def lasts = 0.0..2.0
    end
  end
end
