# frozen_string_literal: true

module Kaal
  module Backend
    # Locks, dispatch log and definitions in MySQL or MariaDB.
    #
    #   Kaal::Backend::MySQLAdapter.new                              # the app's database
    #   Kaal::Backend::MySQLAdapter.new(connection_class: QueueRecord)
    #   Kaal::Backend::MySQLAdapter.new('mysql2://user:password@db.example/app')
    #
    # Locks are named locks (`GET_LOCK`) of a session of our own, those of Kaal: nodes of both kinds
    # exclude each other. With `lease: :table` they are rows of `kaal_locks`, judged by the database's
    # clock.
    class MySQLAdapter < ServerAdapter
      # The longest name of a lock, in characters. A longer key is known by its start and a digest.
      MAX_LOCK_NAME_LENGTH = 64

      private

      def native_settings(settings)
        DatabaseSettings::Server.mysql(settings)
      end

      def connect(settings, table, pool)
        Native::Database.mysql(settings, table, pool)
      end

      def store_name
        'MySQL'
      end
    end

    # Kaal 0.6's name.
    MySQL = MySQLAdapter
  end
end
