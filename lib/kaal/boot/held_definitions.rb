# frozen_string_literal: true

module Kaal
  module Boot
    # The definitions of an app that boots: kept in memory, with what was done to them, until it can be
    # done to those of the store.
    class HeldDefinitions < Definition::MemoryEngine
      def initialize
        super
        @steps = []
      end

      %i[register_definitions upsert_definition remove_definition enable_definition disable_definition].each do |name|
        define_method(name) do |*arguments, **keywords|
          super(*arguments, **keywords).tap { @steps << [name, arguments, keywords] }
        end
      end

      # Does the same to another registry. What fails is there to be done again.
      #
      # @yieldparam jobs [Array] what a registry of the app's own, which cannot take many, is to be given
      def write_to(registry)
        until @steps.empty?
          name, arguments, keywords = @steps.first
          if registry.respond_to?(name)
            registry.public_send(name, *arguments, **keywords)
          else
            yield arguments.first
          end
          @steps.shift
        end
      end
    end
  end
  private_constant :Boot
end
