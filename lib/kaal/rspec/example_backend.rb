# frozen_string_literal: true

module Kaal
  module RSpec
    # The backend of an example. It begins with the definitions of the app's jobs, which are read from the app's
    # store when they are first asked for: most examples never do.
    class ExampleBackend < Backend::MemoryAdapter
      # @param backend [Object, nil] the app's
      # @param local [Definition::Registry, nil] where definitions are that the backend does not keep
      # @param entries [Array<Registry::Entry>] the jobs that the app has registered
      def initialize(backend, local, entries)
        super()
        @app_backend = backend
        @local = local
        @keys = entries.map(&:key)
      end

      def definition_registry
        @definition_registry ||= Definition::MemoryEngine.new.tap { |registry| copy_to(registry) }
      end

      private

      def copy_to(registry)
        return if @keys.empty?

        source = @app_backend.definition_registry if @app_backend.respond_to?(:definition_registry)
        definitions = (source || @local)&.all_definitions.to_a
        definitions.select { |definition| @keys.include?(definition[:key]) }.each do |definition|
          registry.upsert_definition(**definition.slice(:key, :cron, :enabled, :source, :metadata))
        end
      end
    end
    private_constant :ExampleBackend
  end
end
