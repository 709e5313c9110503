# frozen_string_literal: true

require 'redis'
require 'redis_server'
require 'wait_for'

# A Redis, its replica, and a sentinel that makes the one the master when the other fails.
class SentinelGroup
  include WaitFor

  MASTER = 'main'
  # After how long without an answer a server counts as down, which a busy machine must not do to it, and a failover that
  # does not succeed is given up.
  MILLISECONDS = { 'down-after-milliseconds' => 3000, 'failover-timeout' => 5000 }.freeze

  attr_reader :sentinel

  # A client that asks the sentinel on a port.
  def self.client(port)
    Redis.new(**RedisServer.sentinel_options(MASTER, port))
  end

  # @param settings [Hash] of redis.conf
  def initialize(**settings)
    first = RedisServer.new(**settings)
    @servers = [first, RedisServer.new(**settings, replicaof: ['127.0.0.1', first.port])]
    # Only then: a sentinel looks for replicas when it first sees the master, and 10 s later.
    wait_until_in_sync
    @sentinel = RedisServer.sentinel(MASTER, first.port)
    MILLISECONDS.each { |name, value| ask('SET', MASTER, name, value) }
  end

  # The one that the sentinel names.
  def master
    port = ask('GET-MASTER-ADDR-BY-NAME', MASTER).last.to_i
    @servers.find { |server| server.port == port }
  end

  def replica
    (@servers - [master]).first
  end

  # Kills the master, and comes back when the sentinel names another.
  #
  # @return [RedisServer] the one that was killed
  def fail_over
    wait_until_ready
    old = master
    old.stop(:KILL)
    wait_for('the sentinel to name another master', seconds: 30) { master != old }
    old
  end

  # Orders the sentinel to name another master, makes the old one its replica, and comes back when that is done.
  def change_over
    wait_until_ready
    old = master
    wait_for('the sentinel to accept a failover', seconds: 30) { ordered? }
    wait_for('the sentinel to name another master', seconds: 30) { master != old }
    # A sentinel gets round to it ten seconds later, and then throws out who is connected to it.
    old.inspector.replicaof('127.0.0.1', master.port)
  end

  # Starts the one that is down, as a replica of the other.
  def mend
    down = @servers.find { |server| !server.running? }
    down&.start_with(replicaof: ['127.0.0.1', master.port])
    wait_until_in_sync
  end

  def stop
    [*@servers, sentinel].each { |server| server.stop(:KILL) if server.running? }
  end

  private

  def ask(*question)
    sentinel.inspector.call('SENTINEL', *question)
  end

  def ordered?
    ask('FAILOVER', MASTER)
  rescue Redis::CommandError => e
    raise unless e.message.start_with?('NOGOODSLAVE', 'INPROG')
  end

  def wait_until_in_sync
    wait_for('a replica to follow', seconds: 30) { @servers.one? { |server| follows?(server) } }
  end

  def follows?(server)
    server.inspector.info('replication')['master_link_status'] == 'up'
  end

  # Until the sentinel would promote the replica.
  def wait_until_ready
    wait_for('the sentinel to know a replica', seconds: 30) do
      ask('REPLICAS', MASTER).map { |fields| Hash[*fields] }
                             .any? { |one| one.values_at('flags', 'master-link-status') == %w[slave ok] }
    end
  end
end
