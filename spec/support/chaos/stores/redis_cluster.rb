# frozen_string_literal: true

require 'redis_cluster'

module Chaos
  module Stores
    # A Redis Cluster of three masters with a replica each.
    class RedisCluster < Store
      BACKENDS = %w[redis-cluster].freeze
      TIMEOUT = 3000 # milliseconds, after which a node without an answer counts as down

      def initialize(backend)
        super
        @cluster = ::RedisCluster.new(replicas: 1, 'cluster-node-timeout': TIMEOUT, appendonly: 'yes', appendfsync: 'always')
      end

      def furnish; end

      def url = @cluster.servers.map(&:url).join(',')

      # Its clients are told of a change by a redirection, which they follow: only a crash is worth the while.
      #
      # @return [String] what was done
      def fail_over(**)
        @killed = @cluster.fail_over(Adapters::HASH_TAG)
        "SIGKILL of the master #{@killed.port}, now it is #{@cluster.master_of(Adapters::HASH_TAG).port}"
      end

      # All servers are there again.
      def mend
        @killed.start
        @cluster.wait_until_up
      end

      def finish = @cluster.stop
    end
  end
end
