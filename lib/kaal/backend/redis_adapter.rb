# frozen_string_literal: true

module Kaal
  module Backend
    # Locks in Redis: `SET <key> <uuid> NX PX <ms>`, released by a script that compares the uuid.
    #
    #   Kaal::Backend::RedisAdapter.new('redis://localhost:6379/0')
    #   Kaal::Backend::RedisAdapter.new(Redis.new(url: ENV['REDIS_URL']))
    #   Kaal::Backend::RedisAdapter.new('redis://db.example', username: 'app', password: -> { Vault.token })
    #
    # URL, user name and password may be procs, which are called at each connect.
    #
    # From a client it takes address and credentials for a connection of its own. Where that is not
    # possible (a pool, a wrapper, a test double, an option it does not understand) it calls the
    # client instead, and says so in the log.
    class RedisAdapter < StoreAdapter
      # @param redis [String, Proc, Redis, RedisClient, #set] a URL, what gives one, or a client
      # @param namespace [String] of dispatch log, definitions and delayed jobs; locks use `config.namespace`
      # @option settings [String, Proc] :url instead of `redis`
      # @option settings [String, Proc] :username instead of that of the URL
      # @option settings [String, Proc] :password instead of that of the URL
      # @raise [ArgumentError] when it is neither, or the URL is not usable
      # @raise [ConfigurationError] when it is a cluster and the namespace has no hash tag
      def initialize(redis = nil, namespace: 'kaal', **settings)
        super()
        @source = redis_of(redis, settings)
        @redis = RedisConnection.for(@source)
        @place = RedisConnection.place(redis || settings[:url])
        @namespace = namespace
        need_hash_tag('the namespace of RedisAdapter', namespace)
        @leases = RedisConnection.native?(@redis) ? @redis : ClientLeases.new(@redis, method(:dispatch_registry))
      end

      # What was given as the Redis: queues make connections of their own to it.
      #
      # @api private
      # @return [Object]
      attr_reader :source

      # The dispatch log, a key a run.
      #
      # @return [Dispatch::RedisEngine]
      def dispatch_registry
        @dispatch_registry ||= Dispatch::RedisEngine.new(@redis, namespace: @namespace)
      end

      # Definitions, in a hash.
      #
      # @return [Definition::RedisEngine]
      def definition_registry
        @definition_registry ||= Definition::RedisEngine.new(@redis, namespace: @namespace)
      end

      # Delayed jobs, in `<namespace>:delayed_jobs:…`.
      #
      # @return [DelayedJob::Store]
      def delayed_store
        @delayed_store ||= begin
          jobs = RedisConnection.native?(@redis) ? @redis : Delayed::ClientJobs.new(@redis)
          DelayedJob::Store.new(jobs, namespace: @namespace)
        end
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

      # Shows neither user nor password, and nothing of a client, whose URL may hold them.
      #
      # @return [String]
      def inspect
        facts = [@place, "namespace=#{@namespace.inspect}", "native=#{RedisConnection.native?(@redis)}"]
        "#<#{self.class} #{facts.compact.join(' ')}>"
      end

      private

      attr_reader :leases

      def redis_of(redis, settings)
        return redis if settings.empty?
        return settings unless redis

        unless [String, URI::Generic, Proc, Method].any? { |kind| redis.is_a?(kind) } && !settings[:url]
          raise ArgumentError, "#{settings.keys.join(', ')} cannot stand beside a #{redis.class}: give a URL, or the " \
                               'client alone'
        end

        settings.merge(url: redis)
      end

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
