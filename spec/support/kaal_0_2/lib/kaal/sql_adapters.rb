# frozen_string_literal: true

module Kaal
  module Backend
    # Definitions and log in the tables, through ActiveRecord.
    class SqlAdapter
      def definition_registry = self
      def dispatch_registry = self

      def log_dispatch(key, fire_time, node_id)
        record = CronDispatch.find_or_initialize_by(key: key, fire_time: fire_time)
        record.update!(dispatched_at: Time.now.utc, node_id: node_id, status: 'dispatched')
      end

      def find_dispatch(key, fire_time) = CronDispatch.find_by(key: key, fire_time: fire_time)

      def upsert_definition(key:, cron:, source:, enabled: true, metadata: {})
        record = CronDefinition.find_or_initialize_by(key: key)
        disabled_at = record.disabled_at || Time.now.utc unless enabled
        record.update!(cron: cron, enabled: enabled, source: source, metadata: metadata, disabled_at: disabled_at)
      end

      def switch(key, enabled)
        upsert_definition(**find_definition(key).slice(:key, :cron, :source, :metadata), enabled: enabled)
      end

      def find_definition(key) = CronDefinition.find_by(key: key)&.to_definition_hash
      def all_definitions = CronDefinition.order(:key).map(&:to_definition_hash)
    end

    # Locks are rows.
    class SQLiteAdapter < SqlAdapter
      def acquire(key, ttl)
        2.times do
          now = Time.now.utc
          return CronLock.create!(key: key, acquired_at: now, expires_at: now + ttl)
        rescue ActiveRecord::RecordInvalid, ActiveRecord::RecordNotUnique
          CronLock.cleanup_expired
        end
        nil
      end
    end

    # Locks are those of the session.
    class PostgresAdapter < SqlAdapter
      def acquire(key, _ttl)
        ActiveRecord::Base.connection.select_value("SELECT pg_try_advisory_lock(#{Digest::MD5.digest(key).unpack1('q>')})")
      end
    end
  end
end
