# frozen_string_literal: true

require 'fileutils'
require 'mariadb_server'
require 'postgres_server'
require 'tmpdir'

# The stores that processes can share, by name.
module Stores
  # What of a store a spec needs; subclasses give `adapter`, `begin` and `finish`.
  class Store
    def begin
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
  end

  # A database server, with leases of a kind.
  class OfServer < Store
    attr_reader :server

    def initialize(adapter, server, lease)
      super()
      @adapter = adapter
      @server = server
      @lease = lease
    end

    def adapter = @adapter.new(server.url, lease: @lease)
  end

  NAMES = ['Redis', 'SQLite', 'PostgreSQL sessions', 'PostgreSQL table', 'MariaDB sessions', 'MariaDB table'].freeze

  def self.named(name)
    family, kind = name.split
    lease = kind == 'table' ? :table : :session
    case family
    when 'Redis' then OfRedis.new
    when 'SQLite' then OfSqlite.new
    when 'PostgreSQL' then OfServer.new(Kaal::Backend::PostgresAdapter, PostgresServer.shared, lease)
    when 'MariaDB' then OfServer.new(Kaal::Backend::MySQLAdapter, MariadbServer.shared, lease)
    end
  end
end
