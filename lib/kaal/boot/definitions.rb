# frozen_string_literal: true

require_relative 'held_definitions'

module Kaal
  module Boot
    # `db:create`, `assets:precompile` and the like boot the app where there is no store. So what it
    # registers meanwhile is held back, and written when somebody asks for the definitions afterwards:
    # the scheduler does, at its first tick. So it is with the files that the command line loads.
    module Definitions
      WRITING = Mutex.new
      private_constant :WRITING

      # Holds back what is registered from now on, until it is released as often.
      #
      # @api private
      # @return [void]
      def hold_definitions
        @held_definitions ||= HeldDefinitions.new
        @holds = @holds.to_i + 1
      end

      # What is held is written when it is needed.
      #
      # @api private
      # @return [void]
      def release_definitions
        @holds -= 1
      end

      # Leaves what is held unwritten, for a process that only looks.
      #
      # @api private
      # @return [Definition::MemoryEngine] what was held
      def discard_definitions
        (@held_definitions || Definition::MemoryEngine.new).tap { @held_definitions = nil }
      end

      def definition_registry
        return @held_definitions if held?
        return super if @held_definitions.nil? || WRITING.owned?

        registry = super
        WRITING.synchronize { write_held(registry) }
        registry
      end

      def reset_registry!
        @held_definitions = nil unless held?
        super
      end

      private

      def held?
        @holds.to_i.positive?
      end

      def write_held(registry)
        @held_definitions&.write_to(registry) { |jobs| define(jobs) }
        @held_definitions = nil
      end
    end
  end
  private_constant :Boot
end
