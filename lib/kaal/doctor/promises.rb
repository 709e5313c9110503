# frozen_string_literal: true

module Kaal
  class Doctor
    # Whether jobs that are to run at least once can.
    class Promises
      def initialize(configuration)
        @configuration = configuration
      end

      # @return [Array<Finding>]
      def findings
        keys = promised.map { |definition| definition[:key] }
        obstacle = Guarantee.obstacle_in_store(@configuration) unless keys.empty?
        return [] unless obstacle

        [Finding.new('guarantee', "#{keys.join(', ')} cannot run at least once, and so not at all: that #{obstacle}",
                     'give it what it needs (docs/guarantees.md), or register the jobs without guarantee:')]
      end

      private

      def promised
        Definitions.read(@configuration).select do |definition|
          definition[:enabled] && JobOptions.at_least_once?(JobOptions.read(definition))
        end
      end
    end
    private_constant :Promises
  end
end
