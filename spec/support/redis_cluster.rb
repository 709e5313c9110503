# frozen_string_literal: true

require 'open3'
require 'redis'
require 'redis_server'
require 'wait_for'

# A Redis Cluster of three masters, each with a third of the slots.
class RedisCluster
  include WaitFor

  MASTERS = 3

  attr_reader :servers

  # @param replicas [Integer] of each master
  # @param settings [Hash] of redis.conf
  def initialize(replicas: 0, **settings)
    @servers = []
    buses = Array.new(MASTERS * (1 + replicas)) { add_server(settings) }
    join(buses, replicas)
  end

  def client
    Redis.new(cluster: @servers.map(&:url))
  end

  # On which of the servers a key is.
  def holders(key)
    @servers.select { |server| server.inspector.keys('*').include?(key) }
  end

  # The master that a key belongs to, as another server that is up sees it.
  def master_of(key, seen_by: @servers.find(&:running?))
    slot = seen_by.inspector.call('CLUSTER', 'KEYSLOT', key)
    _, _, (_, port) = seen_by.inspector.call('CLUSTER', 'SLOTS').find { |first, last| slot.between?(first, last) }
    @servers.find { |server| server.port == port }
  end

  # Kills the master that a key belongs to, and comes back when all others know another.
  #
  # @return [RedisServer] the one that was killed
  def fail_over(key)
    master_of(key).tap do |old|
      old.stop(:KILL)
      others = @servers.select(&:running?)
      wait_for('a replica to take over', seconds: 30) { others.all? { |server| master_of(key, seen_by: server) != old } }
      wait_until_up
    end
  end

  # Waits until those that are up take commands, and replicas have what their masters have.
  def wait_until_up
    wait_for('the cluster to be up', seconds: 30) { @servers.select(&:running?).all? { |server| up?(server) } }
  end

  def stop
    servers.each { |server| server.stop(:KILL) if server.running? }
  end

  private

  # @return [Integer] the port at which the others talk to it
  def add_server(settings)
    bus = RedisServer.free_port
    @servers << RedisServer.new('cluster-enabled': 'yes', 'cluster-port': bus, 'cluster-config-file': 'nodes.conf', **settings)
    bus
  rescue ServerProcess::PortTaken
    retry # it may be this one
  end

  def join(buses, replicas)
    nodes = @servers.zip(buses).map { |server, bus| "127.0.0.1:#{server.port}@#{bus}" }
    output, status = Open3.capture2e('redis-cli', '--cluster', 'create', *nodes, '--cluster-replicas', replicas.to_s,
                                     '--cluster-yes')
    raise "no cluster: #{output}" unless status.success?

    # A node takes commands only some time after it knows of all slots.
    wait_until_up
  end

  def up?(server)
    server.inspector.call('CLUSTER', 'INFO').include?('cluster_state:ok') &&
      server.inspector.info('replication').fetch('master_link_status', 'up') == 'up'
  end
end
