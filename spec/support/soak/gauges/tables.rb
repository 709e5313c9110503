# frozen_string_literal: true

module Soak
  module Gauges
    # The rows of our tables.
    module Tables
      NAMES = %w[locks dispatches definitions claims intervals delayed_jobs delayed_claims].freeze

      # @yieldparam statement [String]
      # @yieldreturn [Array<Array>] its rows
      # @return [Hash{String => Integer}]
      def self.rows
        counts = NAMES.map { |name| "(SELECT count(*) FROM kaal_#{name})" }
        NAMES.map { |name| "rows of kaal_#{name}" }.zip(yield("SELECT #{counts.join(', ')}").first.map(&:to_i)).to_h
      end
    end
  end
end
