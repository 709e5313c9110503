# frozen_string_literal: true

module Kaal
  class Doctor
    # A connection to one node of a Redis Cluster, where some keys can be had and others not. That the namespaces of a
    # cluster's client have hash tags is a matter of the configuration.
    class Cluster
      # So many keys lie on more than one node, but for one time in millions.
      KEYS = 32
      # What a node says of a key of another, and of keys of several.
      ELSEWHERE = /MOVED|CROSSSLOT|ASK\b|cluster/i
      private_constant :KEYS, :ELSEWHERE

      def initialize(configuration)
        @backend = configuration.backend
        @namespace = configuration.namespace
      end

      # @return [Array<Finding>]
      def findings
        return [] unless @backend.is_a?(Backend::RedisAdapter)

        keys = Array.new(KEYS) { |number| "#{number}:#{@namespace}:doctor:#{SecureRandom.uuid}" }
        @backend.acquire_many(keys, Locks::SECONDS)
        @backend.release_many(keys)
        []
      rescue Backend::LockAdapterError => e
        ELSEWHERE.match?(e.message) ? [finding] : [] # {Connection} and {Locks} tell of the rest
      end

      private

      def finding
        Finding.new('Redis Cluster', 'the URL is that of one node of a cluster, which has some of the keys only',
                    'give RedisAdapter the client of the cluster, as Redis.new(cluster: […]), and set namespace and ' \
                    "the adapter's namespace: to one with a hash tag, such as \"{#{@namespace}}\"")
      end
    end
    private_constant :Cluster
  end
end
