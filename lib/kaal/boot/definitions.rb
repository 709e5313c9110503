# frozen_string_literal: true

require_relative 'held_definitions'

module Kaal
  module Boot
    # `db:create`, `assets:precompile` and the like boot the app where there is no store. So what it
    # registers meanwhile is held back, and written when somebody asks for the definitions afterwards:
    # the scheduler does, at its first tick. Prepended to Kaal.
    module Definitions
      WRITING = Mutex.new
      private_constant :WRITING

      # @api private
      def hold_definitions
        @held_definitions = HeldDefinitions.new
        @booting = true
      end

      # @api private
      def release_definitions
        @booting = false
      end

      def definition_registry
        return @held_definitions if @booting
        return super if @held_definitions.nil? || WRITING.owned?

        registry = super
        WRITING.synchronize { write_held(registry) }
        registry
      end

      def reset_registry!
        @held_definitions = nil unless @booting
        super
      end

      private

      def write_held(registry)
        @held_definitions&.write_to(registry) { |jobs| define(jobs) }
        @held_definitions = nil
      end
    end
  end
  private_constant :Boot
end
