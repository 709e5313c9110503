# frozen_string_literal: true

module Kaal
  module Backend
    # What the adapters of databases share. Subclasses set `@database`, `@namespace` (before the keys of
    # what Kaal 0.6 has logged) and `@models` (whether the models of Kaal are on the tables), and give
    # `store_name` and `inspect`.
    class DatabaseAdapter < StoreAdapter
      # What says which database it is, besides an address.
      SOURCES = %i[path url connection_class database connection].freeze
      private_constant :SOURCES

      # The dispatch log, in `kaal_dispatches`: with records of {Kaal::CronDispatch} where the database is
      # ActiveRecord's primary one.
      def dispatch_registry
        @dispatch_registry ||= Dispatch::DatabaseEngine.new(database, namespace: @namespace, models: @models)
      end

      # Definitions, in `kaal_definitions`.
      def definition_registry
        @definition_registry ||= Definition::DatabaseEngine.new(database)
      end

      # Creates the tables that are missing: `kaal_locks`, `kaal_dispatches`, `kaal_definitions`,
      # `kaal_claims`.
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

      # @return what says which database it is; nil: nothing does
      def one_of(address, options)
        given = { address: address, **options.slice(*SOURCES), database: options[:database]&.to_sym }.compact
        return given.values.first if given.size < 2

        raise ArgumentError, "#{given.keys.join(' and ')} both say which database it is: give one"
      end
    end
    private_constant :DatabaseAdapter
  end
end
