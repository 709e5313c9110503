# frozen_string_literal: true

require 'did_you_mean/levenshtein'

module Kaal
  # The names of sections in a file that has one for each environment. An environment may have any name, so a
  # mistyped one would go unnoticed.
  module SectionNames
    # Those that are looked for in any case.
    KNOWN = %w[defaults development test staging production].freeze
    # One mistake in so many letters is a slip of the pen, more is another word.
    LETTERS = 4
    private_constant :KNOWN, :LETTERS

    class << self
      # @param names [Array<Object>] the keys of the file
      # @param environment [String] whose section counts
      # @return [Array<String>] what is wrong with each that looks mistyped
      def mistakes(names, environment)
        known = KNOWN | [environment]
        (names.grep(String) - known).filter_map do |name|
          meant = known.find { |one| mistyped?(name, one) }
          "section #{name} counts in an environment of that name only: is #{meant} meant?" if meant
        end
      end

      private

      # `production_eu` and `tests` are names that somebody has thought of.
      def mistyped?(name, meant)
        !name.start_with?(meant) && DidYouMean::Levenshtein.distance(name, meant) <= meant.length / LETTERS
      end
    end
  end
  private_constant :SectionNames
end
