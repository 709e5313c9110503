# frozen_string_literal: true

require 'child'

# The tables as the migrations of Kaal's versions make them, by ActiveRecord in a process of its own.
module KaalTables
  include Child

  # @param settings [Hash] as in config/database.yml
  # @param version [String] 0.2 or 0.6
  # @param metadata [Symbol] the type of that column
  # @param precision [Integer, nil] of the times that the migration names
  def create_tables_of_kaal(settings, version, metadata: version == '0.2' ? :json : :text, precision: 6)
    in_child do
      require 'active_record'
      ActiveRecord::Base.establish_connection(settings)
      ActiveRecord::Schema.verbose = false
      ActiveRecord::Schema.define { extend(Migration).migrate_all(version == '0.2', metadata, precision: precision) }
    end
  end

  # What the migrations do.
  module Migration
    def migrate_all(timestamps, metadata, **times)
      create_locks(timestamps, **times)
      create_dispatches(timestamps, **times)
      create_definitions(metadata, **times)
      add_index :kaal_locks, :key, unique: true
      add_index :kaal_dispatches, %i[key fire_time], unique: true
      add_index :kaal_definitions, :key, unique: true
    end

    private

    def create_locks(timestamps, **times)
      create_table(:kaal_locks) do |t|
        t.string :key, null: false, limit: 255
        t.datetime :acquired_at, null: false, **times
        t.datetime :expires_at, null: false, **times
        t.timestamps(**times) if timestamps
      end
    end

    def create_dispatches(timestamps, **times)
      create_table(:kaal_dispatches) do |t|
        t.string :key, null: false, limit: 255
        t.datetime :fire_time, null: false, **times
        t.datetime :dispatched_at, null: false, **times
        t.string :node_id, null: false, limit: 255
        t.string :status, null: false, limit: 50, default: 'dispatched'
        t.timestamps(**times) if timestamps
      end
    end

    def create_definitions(metadata, **times)
      create_table(:kaal_definitions) do |t|
        t.string :key, null: false, limit: 255
        t.string :cron, null: false, limit: 255
        t.boolean :enabled, null: false, default: true
        t.string :source, null: false, limit: 50, default: 'code'
        t.public_send(metadata, :metadata, null: false)
        t.datetime :disabled_at, **times
        t.timestamps(**times)
      end
    end
  end
end
