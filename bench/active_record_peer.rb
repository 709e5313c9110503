# frozen_string_literal: true

require 'active_record'

# Locks as pure Ruby takes them, through ActiveRecord, and log rows in `kaal_dispatches`. Subclasses
# give `acquire(key, ttl)`.
class ActiveRecordPeer
  class Lock < ActiveRecord::Base
    self.table_name = 'kaal_locks'
  end

  class Dispatch < ActiveRecord::Base
    self.table_name = 'kaal_dispatches'
  end

  # @param config [String, Hash] of the database
  def initialize(config)
    ActiveRecord::Base.establish_connection(config)
  end

  def acquire_and_log(key, fire_time, ttl)
    return unless acquire("kaal:dispatch:#{key}:#{fire_time}", ttl)

    Dispatch.create!(
      key: key, fire_time: Time.at(fire_time).utc, dispatched_at: Time.now.utc, node_id: 'bench', status: 'dispatched'
    )
  end

  private

  def ask(*statement)
    connection = ActiveRecord::Base.connection
    connection.execute(ActiveRecord::Base.sanitize_sql_array(statement)).to_a
  end

  # Rows of `kaal_locks`, in a SQLite file with the journal mode and the synchronous mode of ours.
  class Rows < self
    SCHEMA = File.expand_path('../ext/kaal_core/src/backend/sqlite/queries/schema.sql', __dir__)

    # @param path [String] of a file that is not there yet
    def initialize(path)
      super(adapter: 'sqlite3', database: path)
      connection = ActiveRecord::Base.connection
      connection.execute('PRAGMA journal_mode = WAL')
      connection.execute('PRAGMA synchronous = NORMAL')
      File.read(SCHEMA).split(';').each { |statement| connection.execute(statement) if statement.include?('CREATE') }
    end

    def acquire(key, ttl)
      now = Time.now.utc
      Lock.create!(key: key, acquired_at: now, expires_at: now + ttl)
      true
    rescue ActiveRecord::RecordNotUnique
      false
    end
  end

  # PostgreSQL's.
  class AdvisoryLocks < self
    def acquire(key, _ttl)
      id = Digest::MD5.digest(key).unpack1('q>')
      ask('SELECT pg_try_advisory_lock(?) AS locked', id).first['locked']
    end
  end

  # MySQL's and MariaDB's.
  class NamedLocks < self
    def acquire(key, _ttl)
      name = key.size <= 64 ? key : "#{key[0, 47]}:#{Digest::SHA256.hexdigest(key)[0, 16]}"
      ask('SELECT GET_LOCK(?, 0) AS locked', name).first.first == 1
    end
  end
end
