# frozen_string_literal: true

module Kaal
  module Backend
    # Locks, dispatch log and definitions in PostgreSQL.
    #
    #   Kaal::Backend::PostgresAdapter.new                              # the app's database
    #   Kaal::Backend::PostgresAdapter.new(connection_class: QueueRecord)
    #   Kaal::Backend::PostgresAdapter.new('postgres://user:password@db.example/app')
    #
    # Locks are advisory locks of a session of our own, those of Kaal: nodes of both kinds exclude each
    # other. With `lease: :table` they are rows of `kaal_locks`, judged by the database's clock; then, and
    # with `prepared_statements: false`, it works behind a proxy that pools transactions.
    class PostgresAdapter < ServerAdapter
      # @option options [Boolean] :prepared_statements as the setting of config/database.yml
      # @see ServerAdapter#initialize

      private

      def check_options(prepared_statements: nil)
        { prepared_statements: prepared_statements }.compact
      end

      def native_settings(settings)
        DatabaseSettings::Server.postgres(settings)
      end

      def connect(settings, table, pool)
        if !table && settings[:prepared_statements] == false
          # Said in config/database.yml, as a rule for the app's own sake.
          raise ConfigurationError, 'prepared_statements: false is for a proxy that pools transactions, where the ' \
                                    'locks of a session cannot be: use lease: :table, or prepared_statements: true'
        end

        Native::Database.postgres(settings, table, pool)
      end

      def store_name
        'PostgreSQL'
      end
    end

    # Kaal 0.6's name.
    Postgres = PostgresAdapter
  end
end
