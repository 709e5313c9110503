# frozen_string_literal: true

module Kaal
  module Backend
    # What the adapters of databases share. Subclasses set `@namespace` (before the keys of what Kaal 0.6 has
    # logged) and `@given` (what says which database it is), and give `store_name`, `inspect` and `open`, which
    # gives the database and sets `@models` (whether the models of Kaal are on the tables).
    #
    # What ActiveRecord knows is asked for when the database is first needed: an app boots, to precompile its
    # assets or to create its database, also where there is none. And ActiveRecord is not loaded before the
    # app has configured it.
    class DatabaseAdapter < StoreAdapter
      # What says which database it is, besides an address.
      SOURCES = %i[path url connection_class database connection].freeze
      OPENING = Mutex.new
      private_constant :SOURCES, :OPENING

      # The dispatch log, in `kaal_dispatches`: with records of {Kaal::CronDispatch} where the database is
      # ActiveRecord's primary one.
      #
      # @return [Dispatch::DatabaseEngine]
      def dispatch_registry
        @dispatch_registry ||= begin
          tables = database # which tells of the models
          Dispatch::DatabaseEngine.new(tables, namespace: @namespace, models: @models)
        end
      end

      # Definitions, in `kaal_definitions`.
      #
      # @return [Definition::DatabaseEngine]
      def definition_registry
        @definition_registry ||= Definition::DatabaseEngine.new(database)
      end

      # Delayed jobs, in `kaal_delayed_jobs` and `kaal_delayed_claims`.
      #
      # @return [DelayedJob::Store]
      def delayed_store
        @delayed_store ||= DelayedJob::Store.new(database, kind: store_name)
      end

      # Creates the tables that are missing: `kaal_locks`, `kaal_dispatches`, `kaal_definitions`,
      # `kaal_claims`, `kaal_intervals`, `kaal_delayed_jobs`, `kaal_delayed_claims`.
      #
      # @return [nil]
      # @raise [StoreError] when the database fails
      # @raise [ConfigurationError] when there is no such database, or it is one of another kind
      def create_tables
        database.create_tables
      end

      private

      # @raise [ConfigurationError] when there is no such database, or it is one of another kind
      def database
        @database || OPENING.synchronize { @database ||= active_record? ? on_thread { open } : open }
      end

      def active_record?
        DatabaseSettings.active_record?(@given)
      end

      # Of its own: there ActiveRecord has the database that is written to, whatever role or shard the caller
      # is connected to.
      def on_thread
        Thread.new do
          Thread.current.report_on_exception = false
          yield
        end.value
      end

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
