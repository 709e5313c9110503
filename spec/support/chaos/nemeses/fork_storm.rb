# frozen_string_literal: true

module Chaos
  module Nemeses
    # Processes fork children while their schedulers work: half of the children do nothing, half are schedulers
    # themselves for two seconds. See node.rb.
    class ForkStorm < Nemesis
      def act
        parents = fleet.numbers.sample(2, random: random)
        parents.each { |number| Process.kill(:USR1, fleet.pid(number)) } # not its children
        "forks by the processes #{parents.join(' and ')}"
      end

      def rests = 1.0..2.5

      # The children of one storm have ended before the fleet is looked at.
      def lasts = 2.0..2.5

      def costs = {}
    end
  end
end
