# frozen_string_literal: true

module Kaal
  module Backend
    # What the adapters of databases share. Subclasses give {#database}, `store_name` and `inspect`.
    class DatabaseAdapter < StoreAdapter
      # The dispatch log, in `kaal_dispatches`.
      def dispatch_registry
        @dispatch_registry ||= Dispatch::DatabaseEngine.new(database, namespace: @namespace)
      end

      # Definitions, in `kaal_definitions`.
      def definition_registry
        @definition_registry ||= Definition::DatabaseEngine.new(database)
      end

      # Creates the tables that are missing: `kaal_locks`, `kaal_dispatches`, `kaal_definitions`.
      #
      # @raise [StoreError] when the database fails
      def create_tables
        database.create_tables
      end

      private

      attr_reader :database

      def leases
        database
      end
    end
    private_constant :DatabaseAdapter
  end
end
