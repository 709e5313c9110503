# frozen_string_literal: true

module Chaos
  module Nemeses
    # Does nothing: what goes wrong under it is wrong on any day.
    class None < Nemesis
      def act = 'nothing'

      def costs = {}
    end
  end
end
