# frozen_string_literal: true

require 'postgres_server'

# A hot standby of another PostgreSQL, until it is promoted.
class PostgresStandby < PostgresServer
  # @param primary [PostgresServer]
  def initialize(primary)
    @primary = primary
    super()
  end

  def promote
    inspector.exec('SELECT pg_promote()')
  end

  # Waits until it has what the primary has.
  def catch_up
    written = @primary.rows('SELECT pg_current_wal_lsn()').dig(0, 0)
    sleep 0.001 until rows("SELECT pg_last_wal_replay_lsn() >= '#{written}'").dig(0, 0) == 't'
  end

  private

  # All that the primary has.
  def furnish; end

  def prepare
    hand_over(folder)
    run(*unprivileged(program('pg_basebackup'), '--pgdata', data, '--host', @primary.socket_dir, '--port', @primary.port.to_s,
                      '--username=postgres', '--write-recovery-conf', '--checkpoint=fast', '--no-sync'))
  end
end
