# frozen_string_literal: true

require 'open3'
require 'redis'
require 'redis_server'
require 'wait_for'

# A Redis Cluster of three masters, each with a third of the slots.
class RedisCluster
  include WaitFor

  attr_reader :servers

  def initialize
    buses = Array.new(3) { RedisServer.free_port }
    @servers = buses.map do |bus|
      RedisServer.new('cluster-enabled': 'yes', 'cluster-port': bus, 'cluster-config-file': 'nodes.conf')
    end
    join(buses)
  end

  def client
    Redis.new(cluster: @servers.map(&:url))
  end

  # On which of the servers a key is.
  def holders(key)
    @servers.select { |server| server.inspector.keys('*').include?(key) }
  end

  def stop
    servers.each { |server| server.stop(:KILL) }
  end

  private

  def join(buses)
    nodes = @servers.zip(buses).map { |server, bus| "127.0.0.1:#{server.port}@#{bus}" }
    output, status = Open3.capture2e('redis-cli', '--cluster', 'create', *nodes, '--cluster-yes')
    raise "no cluster: #{output}" unless status.success?

    # A node takes commands only some time after it knows of all slots.
    wait_for('the cluster to be up') do
      @servers.all? { |server| server.inspector.call('CLUSTER', 'INFO').include?('cluster_state:ok') }
    end
  end
end
