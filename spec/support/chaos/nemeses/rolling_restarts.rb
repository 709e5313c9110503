# frozen_string_literal: true

module Chaos
  module Nemeses
    # A deployment that never ends: every two seconds the next process gets a TERM, and another takes its place.
    class RollingRestarts < Nemesis
      def act
        @next = ((@next || -1) + 1) % Fleet::SIZE
        fleet.stop(@next)
        "TERM of process #{@next}"
      end

      def undo = fleet.start(@next)

      def rests = 2.0..2.0

      # Who is told to stop finishes what it has begun and hands the rest over.
      def costs = {}
    end
  end
end
