# frozen_string_literal: true

# Leases in a SQLite file against rows that ActiveRecord writes in another.

require 'fileutils'
require 'tmpdir'
require_relative '../batches'
require_relative '../active_record_peer'

def with_files
  folder = Dir.mktmpdir('kaal-bench')
  ours = Kaal::Backend::SQLiteAdapter.new(path: File.join(folder, 'ours.sqlite3'))
  yield ours, ActiveRecordPeer::Rows.new(File.join(folder, 'peer.sqlite3'))
ensure
  ActiveRecord::Base.remove_connection
  FileUtils.rm_rf(folder)
end

Figure.define('sqlite.acquire_fresh', bar: { ratio: 0.25 }) do
  with_files do |ours, peer|
    Batches.compare(
      batch: 20, turns: 20,
      ours: ->(n) { ours.acquire("lock #{n}", 60) },
      peer: ->(n) { peer.acquire("lock #{n}", 60) }
    )
  end
end

Figure.define('sqlite.acquire_many_100_logged', bar: { ratio: 0.05 }) do
  with_files do |ours, peer|
    Kaal.configuration.enable_log_dispatch_registry = true
    keys = ->(n) { Array.new(100) { |m| "kaal:dispatch:job:#{(n * 100) + m}" } }
    Batches.compare(
      batch: 1, turns: 8, per: 100,
      ours: ->(n) { ours.acquire_many(keys.call(n), 60) },
      peer: ->(n) { 100.times { |m| peer.acquire_and_log('job', (n * 100) + m, 60) } }
    )
  ensure
    Kaal.reset_configuration!
  end
end
