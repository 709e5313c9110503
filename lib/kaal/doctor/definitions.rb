# frozen_string_literal: true

module Kaal
  class Doctor
    # The definitions of a configuration.
    module Definitions
      module_function

      # Where they are kept: with the backend, else in this process. What an app that boots holds back is not
      # written for it.
      #
      # @return [Definition::Registry]
      def registry(configuration)
        backend = configuration.backend
        shared = backend.definition_registry if backend.respond_to?(:definition_registry)
        return shared if shared

        configuration.equal?(Kaal.configuration) ? Kaal.definition_registry : Definition::MemoryEngine.new
      end

      # For checks that go by them.
      #
      # @return [Array<Hash>] none where they cannot be read: {Tables} says why
      def read(configuration)
        registry(configuration).all_definitions
      rescue StandardError
        []
      end
    end
    private_constant :Definitions
  end
end
