# frozen_string_literal: true

# Session locks of PostgreSQL and MariaDB, ours next to the same locks through ActiveRecord.

require 'mariadb_server'
require 'postgres_server'
require_relative '../active_record_peer'
require_relative '../batches'

SERVERS = {
  'postgres' => [PostgresServer, Kaal::Backend::PostgresAdapter, ActiveRecordPeer::AdvisoryLocks],
  'mariadb' => [MariadbServer, Kaal::Backend::MySQLAdapter, ActiveRecordPeer::NamedLocks]
}.freeze

# Yields two adapters of ours and the peer, on a server that ends with the process.
def with_server(name)
  server, adapter, peer = SERVERS.fetch(name)
  server.shared.reset
  ours = adapter.new(server.shared.url)
  ours.create_tables
  yield ours, adapter.new(server.shared.url), peer.new(server.shared.url.sub('mysql:', 'mysql2:'))
ensure
  ActiveRecord::Base.remove_connection
  server.shared.end_sessions # with their locks, for which the next figure needs the room
end

SERVERS.each_key do |name|
  # Few enough that the server's table of locks has room for all.
  Figure.define("#{name}.acquire_fresh", bar: { ratio: 0.8 }) do
    with_server(name) do |ours, _other, peer|
      Batches.compare(
        batch: 20, turns: 20,
        ours: ->(n) { ours.acquire("ours #{n}", 60) },
        peer: ->(n) { peer.acquire("peer #{n}", 60) }
      )
    end
  end

  Figure.define("#{name}.acquire_many_100_logged", bar: { ratio: name == 'postgres' ? 0.025 : 0.04 }) do
    with_server(name) do |ours, _other, peer|
      Kaal.configuration.enable_log_dispatch_registry = true
      keys = ->(n) { Array.new(100) { |m| "kaal:dispatch:ours:#{(n * 100) + m}" } }
      Batches.compare(
        batch: 1, turns: 8, per: 100,
        ours: ->(n) { ours.acquire_many(keys.call(n), 60) },
        peer: ->(n) { 100.times { |m| peer.acquire_and_log('peer', (n * 100) + m, 60) } }
      )
    ensure
      Kaal.reset_configuration!
    end
  end
end

Figure.define('mariadb.acquire_10k_expired', bar: { ratio: 1.2 }) do
  with_server('mariadb') do |used, fresh, _peer|
    used.acquire_many(Array.new(10_000) { |n| "expired #{n}" }, 0.1)
    sleep 0.2
    # Short, for the server looks through all locks that a session has.
    Batches.compare(
      batch: 50, turns: 40,
      ours: ->(n) { used.acquire("used #{n}", 0.1) },
      peer: ->(n) { fresh.acquire("fresh #{n}", 0.1) }
    )
  end
end
