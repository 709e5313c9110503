# frozen_string_literal: true

require 'digest'
require 'json'
require 'securerandom'
require 'time'

# Nodes in plain Ruby that do on the wire what Kaal does, with nothing of ours: `acquire(key)`,
# `log(key, unix)`, `logged(key, unix)`, `define(key, cron)`, `defined(key)`, and as Kaal 0.6
# `enqueue_job(id, time, class name, args)` and `take_jobs(time)`, which gives the ids of those it has removed.
module PlainNode
  SECONDS = 300

  # Redis: a key with a random value.
  class OnRedis
    def initialize(url)
      @redis = Redis.new(url: url)
    end

    def acquire(key, seconds = SECONDS)
      @redis.set(key, SecureRandom.uuid, nx: true, px: (seconds * 1000).to_i)
    end

    def log(key, unix)
      record = { key: key, fire_time: unix, dispatched_at: unix, node_id: 'plain', status: 'dispatched' }
      @redis.setex("kaal:cron_dispatch:#{key}:#{unix}", 604_800, JSON.generate(record))
    end

    def logged(key, unix)
      record = @redis.get("kaal:cron_dispatch:#{key}:#{unix}")
      record && JSON.parse(record)['node_id']
    end

    def define(key, cron)
      now = Time.now.utc.iso8601
      definition = { key: key, cron: cron, enabled: true, source: 'code', metadata: { 'by' => 'plain' },
                     created_at: now, updated_at: now, disabled_at: nil }
      @redis.hset('kaal:definitions', key, JSON.generate(definition))
    end

    def defined(key)
      definition = @redis.hget('kaal:definitions', key)
      definition && JSON.parse(definition)['cron']
    end

    def enqueue_job(job_id, time, job_class, args)
      job = { job_id: job_id, run_at: time.iso8601, job_class: job_class, args: args, queue: nil, created_at: time.iso8601 }
      @redis.hset('kaal:delayed_jobs:payloads', job_id, JSON.generate(job))
      @redis.zadd('kaal:delayed_jobs:schedule', time.to_f, job_id)
    end

    def take_jobs(time)
      due = @redis.zrangebyscore('kaal:delayed_jobs:schedule', '-inf', time.to_f)
      taken = due.select { |job_id| @redis.zrem('kaal:delayed_jobs:schedule', job_id) }
      taken.each { |job_id| @redis.hdel('kaal:delayed_jobs:payloads', job_id) }
    end
  end

  # The tables. Subclasses give `run(sql, *values)` and `TAKEN`, what a unique index says.
  class OnTables
    TIME = '%Y-%m-%d %H:%M:%S.%6N'

    # A row; those that have ended are deleted by whoever finds them in the way.
    def acquire(key, seconds = SECONDS, tries: 2)
      insert('kaal_locks', 'key' => key, 'acquired_at' => text(now), 'expires_at' => text(now + seconds))
    rescue self.class::TAKEN
      return false if tries == 1

      run('DELETE FROM kaal_locks WHERE expires_at < ?', text(now))
      acquire(key, seconds, tries: 1)
    end

    # As Kaal 0.6, where a namespace is given.
    def log(key, unix, namespace = nil)
      insert('kaal_dispatches', 'key' => [namespace, key].compact.join(':'), 'fire_time' => whole(unix),
                                'dispatched_at' => text(now), 'node_id' => 'plain')
    end

    def logged(key, unix)
      run('SELECT node_id FROM kaal_dispatches WHERE "key" = ? AND fire_time = ?', key, whole(unix)).dig(0, 0)
    end

    def count(table)
      run("SELECT count(*) FROM #{table}").dig(0, 0)
    end

    def enqueue_job(job_id, time, job_class, args)
      run('INSERT INTO kaal_delayed_jobs (job_id, run_at, job_class, args, created_at) VALUES (?, ?, ?, ?, ?)',
          job_id, text(time), job_class, JSON.generate(args), text(time))
    end

    # Whoever deletes the row has the job.
    def take_jobs(time)
      due = run('SELECT job_id FROM kaal_delayed_jobs WHERE run_at <= ? ORDER BY run_at, job_id', text(time)).flatten
      due.select { |job_id| changes('DELETE FROM kaal_delayed_jobs WHERE job_id = ?', job_id) == 1 }
    end

    def define(key, cron)
      insert('kaal_definitions', 'key' => key, 'cron' => cron, 'metadata' => '{"by":"plain"}')
    end

    def defined(key)
      run('SELECT cron FROM kaal_definitions WHERE "key" = ?', key).dig(0, 0)
    end

    private

    def now = Time.now.utc
    def text(time) = time.strftime(TIME)
    def whole(unix) = Time.at(unix).utc.strftime('%Y-%m-%d %H:%M:%S')

    def insert(table, row)
      row = row.merge('created_at' => text(now), 'updated_at' => text(now))
      names = row.keys.map { |name| %("#{name}") }.join(', ')
      run("INSERT INTO #{table} (#{names}) VALUES (#{(['?'] * row.size).join(', ')})", *row.values)
      true
    end
  end

  # A SQLite file.
  class OnSqlite < OnTables
    def initialize(path)
      super()
      require 'sqlite3'
      self.class.const_set(:TAKEN, SQLite3::ConstraintException) unless self.class.const_defined?(:TAKEN, false)
      @database = SQLite3::Database.new(path)
      @database.busy_timeout(10_000)
    end

    private

    def run(sql, *values) = @database.execute(sql, values)

    def changes(sql, *values)
      run(sql, *values)
      @database.changes
    end
  end

  # PostgreSQL, with rows.
  class OnPostgres < OnTables
    TAKEN = PG::UniqueViolation

    def initialize(url)
      super()
      @connection = PG.connect(url)
    end

    private

    def run(sql, *values) = execute(sql, values).values
    def changes(sql, *values) = execute(sql, values).cmd_tuples

    def execute(sql, values)
      number = 0
      @connection.exec_params(sql.gsub('?') { "$#{number += 1}" }, values)
    end
  end

  # PostgreSQL, with advisory locks.
  class OnPostgresSessions < OnPostgres
    def acquire(key)
      run('SELECT pg_try_advisory_lock(?)', Digest::MD5.digest(key).unpack1('q>')) == [['t']]
    end
  end

  # MySQL, with rows.
  class OnMysql < OnTables
    # What a unique index says, among all errors of the client.
    module TAKEN
      def self.===(error) = error.is_a?(Mysql2::Error) && error.error_number == 1062
    end

    def initialize(url)
      super()
      uri = URI(url)
      @client = Mysql2::Client.new(host: uri.host, port: uri.port, username: uri.user, encoding: 'utf8mb4',
                                   database: uri.path.delete_prefix('/'), automatic_close: false)
      @client.query("SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')")
    end

    private

    def run(sql, *values)
      @client.prepare(sql).execute(*values, as: :array)&.to_a
    end

    def changes(sql, *values)
      @client.prepare(sql).tap { |statement| statement.execute(*values) }.affected_rows
    end
  end

  # MySQL, with named locks.
  class OnMysqlSessions < OnMysql
    def acquire(key)
      name = key.length <= 64 ? key : "#{key[0, 47]}:#{Digest::SHA256.hexdigest(key)[0, 16]}"
      run('SELECT GET_LOCK(?, 0)', name) == [[1]]
    end
  end
end
