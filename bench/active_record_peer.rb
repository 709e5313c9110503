# frozen_string_literal: true

require 'active_record'

# Locks as pure Ruby takes them, through ActiveRecord: a row in `kaal_locks` and, where it is logged,
# one in `kaal_dispatches`. In a SQLite file with the journal mode and the synchronous mode of ours.
class ActiveRecordPeer
  class Lock < ActiveRecord::Base
    self.table_name = 'kaal_locks'
  end

  class Dispatch < ActiveRecord::Base
    self.table_name = 'kaal_dispatches'
  end

  # @param path [String] of a file that is not there yet
  def initialize(path)
    ActiveRecord::Base.establish_connection(adapter: 'sqlite3', database: path)
    connection = ActiveRecord::Base.connection
    connection.execute('PRAGMA journal_mode = WAL')
    connection.execute('PRAGMA synchronous = NORMAL')
    schema = File.read(File.expand_path('../ext/kaal_core/src/backend/sqlite/queries/schema.sql', __dir__))
    schema.split(';').each { |statement| connection.execute(statement) if statement.include?('CREATE') }
  end

  def acquire(key, ttl)
    now = Time.now.utc
    Lock.create!(key: key, acquired_at: now, expires_at: now + ttl)
    true
  rescue ActiveRecord::RecordNotUnique
    false
  end

  def acquire_and_log(key, fire_time, ttl)
    return unless acquire("kaal:dispatch:#{key}:#{fire_time}", ttl)

    Dispatch.create!(
      key: key, fire_time: Time.at(fire_time).utc, dispatched_at: Time.now.utc, node_id: 'bench', status: 'dispatched'
    )
  end
end
