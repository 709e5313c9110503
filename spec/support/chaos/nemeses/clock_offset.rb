# frozen_string_literal: true

module Chaos
  module Nemeses
    # Processes that are up to 30 s behind or ahead of the store, as those of machines without NTP; two are there from
    # the start, and others take the place of some later. See {WrongClock}.
    class ClockOffset < Nemesis
      FURTHEST = 30

      # One machine has one clock: the processes that share a file have it in common.
      def self.suits?(backend) = backend != 'sqlite'

      def prepare
        @offsets = [FURTHEST, -FURTHEST, 0, 0]
        fleet.environment = ->(number) { { 'CHAOS_CLOCK' => @offsets[number].to_s } }
      end

      def act
        number = fleet.numbers.sample(random: random)
        fleet.stop(number)
        @offsets[number] = random.rand(-FURTHEST..FURTHEST)
        fleet.start(number)
        "the clock of process #{number} is #{@offsets[number]} s off"
      end

      def costs = {}
    end
  end
end
