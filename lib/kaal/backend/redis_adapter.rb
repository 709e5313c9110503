# frozen_string_literal: true

module Kaal
  module Backend
    # Locks in Redis: `SET <key> <uuid> NX PX <ms>`, released by a script that compares the uuid.
    #
    #   Kaal::Backend::RedisAdapter.new('redis://localhost:6379/0')
    #   Kaal::Backend::RedisAdapter.new(Redis.new(url: ENV['REDIS_URL']))
    #
    # From a client it takes address and credentials for a connection of its own. Where that is not
    # possible (a pool, a wrapper, a test double, an option it does not understand) it calls the
    # client instead, and says so in the log.
    class RedisAdapter < StoreAdapter
      # @param redis [String, Redis, RedisClient, #set] a URL or a client
      # @param namespace [String] of dispatch log and definitions; locks use `config.namespace`
      # @raise [ArgumentError] when it is neither, or the URL is not usable
      # @raise [ConfigurationError] when it is a cluster and the namespace has no hash tag
      def initialize(redis, namespace: 'kaal')
        super()
        @redis = RedisConnection.for(redis)
        @namespace = namespace
        need_hash_tag('the namespace of RedisAdapter', namespace)
        @leases = RedisConnection.native?(@redis) ? @redis : ClientLeases.new(@redis, method(:dispatch_registry))
      end

      def dispatch_registry
        @dispatch_registry ||= Dispatch::RedisEngine.new(@redis, namespace: @namespace)
      end

      def definition_registry
        @definition_registry ||= Definition::RedisEngine.new(@redis, namespace: @namespace)
      end

      # @raise [ConfigurationError] when it is a cluster and `config.namespace` has no hash tag
      # @api private
      def claim_many(runs, configuration, open: false)
        need_hash_tag('namespace', configuration.namespace)
        super
      end

      # What is wrong with `config.namespace` for this store; nil: nothing.
      #
      # @api private
      def namespace_error(setting, namespace)
        RedisConnection::Cluster.namespace_error(setting, namespace) if RedisConnection.cluster?(@redis)
      end

      # Does not show the client, whose URL may hold a password.
      def inspect
        "#<#{self.class} namespace=#{@namespace.inspect} native=#{RedisConnection.native?(@redis)}>"
      end

      private

      attr_reader :leases

      def need_hash_tag(setting, namespace)
        error = namespace_error(setting, namespace)
        raise ConfigurationError, error if error
      end

      def store_name
        'Redis'
      end
    end
  end
end
