# frozen_string_literal: true

require 'rspec/expectations'
require_relative 'wording'

module Kaal
  module RSpec
    # What the matchers share. Subclasses give `description`, `matches?`, and `found`: what there is instead
    # or, where the matcher is negated, after all.
    class Matcher
      include ::RSpec::Matchers::Composable

      # @return [String]
      def failure_message
        "expected #{subject} to #{description}, but #{found}"
      end

      # @return [String]
      def failure_message_when_negated
        "expected #{subject} not to #{description}, but #{found}"
      end

      private

      # The definitions, those of the scheduler file too.
      def definitions
        Kaal.load_deferred_scheduler_file!
        Kaal.definition_registry.all_definitions
      end

      def definition(key)
        definitions.find { |definition| definition[:key] == JobKey.of(key) }
      end

      def refuse(actual, expected)
        raise ArgumentError, "#{self.class.name.split('::').last}: expected #{expected}, got #{actual.inspect}"
      end
    end
    private_constant :Matcher
  end
end
