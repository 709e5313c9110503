# frozen_string_literal: true

module Chaos
  module Nemeses
    # SIGSTOP for twice the lease, then SIGCONT: the process goes on as if nothing had been.
    class Stop < Nemesis
      def aim = aim_at_claims

      def act
        @victim = fleet.numbers.sample(random: random)
        fleet.signal(@victim, :STOP)
        "SIGSTOP of process #{@victim}"
      end

      def undo = fleet.signal(@victim, :CONT)

      def lasts = (2.0 * Fleet::LEASE)..(2.5 * Fleet::LEASE)

      # A process that goes on still has the record of what it claimed.
      def costs = DOCUMENTED.slice('at_least_once')
    end
  end
end
