# frozen_string_literal: true

require 'fileutils'
require 'mariadb_server'
require 'postgres_server'
require 'plain_node'
require 'tmpdir'

# The stores that processes can share, by name.
module Stores
  # What of a store a spec needs: subclasses give `adapter`, and `plain`, a node in plain Ruby.
  class Store
    # Locks of sessions that other examples have left would be in the way.
    def begin
      server.end_sessions
      server.reset
      adapter.create_tables
    end

    def finish
      server.end_sessions
    end
  end

  # A Redis.
  class OfRedis < Store
    def server = RedisServer.shared
    def begin = server.flush
    def finish = server.flush
    def adapter = Kaal::Backend::RedisAdapter.new(server.url)
    def plain = PlainNode::OnRedis.new(server.url)
  end

  # A SQLite file.
  class OfSqlite < Store
    attr_reader :path

    def begin
      @folder = Dir.mktmpdir('kaal-store')
      @path = File.join(@folder, 'kaal.sqlite3')
      adapter.create_tables
    end

    def finish = FileUtils.rm_rf(@folder)
    def adapter = Kaal::Backend::SQLiteAdapter.new(path: path)
    def plain = PlainNode::OnSqlite.new(path)
  end

  # A database server, with leases of a kind.
  class OfServer < Store
    attr_reader :server

    def initialize(adapter, server, lease, plain)
      super()
      @adapter = adapter
      @server = server
      @lease = lease
      @plain = plain
    end

    def adapter = @adapter.new(server.url, lease: @lease)
    def plain = @plain.new(server.url)
  end

  ALL = {
    'Redis' => -> { OfRedis.new },
    'SQLite' => -> { OfSqlite.new },
    'PostgreSQL sessions' => -> { postgres(:session) },
    'PostgreSQL table' => -> { postgres(:table) },
    'MariaDB sessions' => -> { mariadb(:session) },
    'MariaDB table' => -> { mariadb(:table) }
  }.freeze

  class << self
    def named(name)
      ALL.fetch(name).call
    end

    def postgres(lease, server = PostgresServer.shared)
      plain = { session: PlainNode::OnPostgresSessions, table: PlainNode::OnPostgres }.fetch(lease)
      OfServer.new(Kaal::Backend::PostgresAdapter, server, lease, plain)
    end

    def mariadb(lease, server = MariadbServer.shared)
      plain = { session: PlainNode::OnMysqlSessions, table: PlainNode::OnMysql }.fetch(lease)
      OfServer.new(Kaal::Backend::MySQLAdapter, server, lease, plain)
    end
  end
end
