# frozen_string_literal: true

module Kaal
  module Queue
    # Where the queues are that the configuration speaks of: in which Redis, and under which keys.
    class Location
      # @param configuration [Configuration]
      # @raise [ConfigurationError] when no Redis is configured
      def initialize(configuration)
        @origin, @redis = of(configuration) || raise(ConfigurationError, missing(configuration))
        @namespace = configuration.namespace
        @options = configuration.queue_options
      end

      # What tells a queue of this name from all others.
      #
      # @return [Array]
      def key(name)
        [@redis, prefix(name), @options]
      end

      # @return [Client]
      # @raise (see #connect)
      def client(name)
        connect(name) { |redis, settings| Client.new(redis, **settings) }
      end

      # Yields what a client or server of that queue takes.
      #
      # @yieldparam redis [Object]
      # @yieldparam settings [Hash]
      # @return the block's value
      # @raise [ConfigurationError] when that cannot be
      def connect(name)
        error = Queue.settings_error(@options)
        raise ConfigurationError, "config.queue_options: #{error}" if error

        yield @redis, { **@options, prefix: prefix(name) }
      rescue ArgumentError => e
        raise ConfigurationError, "#{@origin}: #{e.message}"
      end

      private

      def prefix(name)
        "#{@namespace}:queue:#{name}"
      end

      def of(configuration)
        return ['config.queue_redis', configuration.queue_redis] if configuration.queue_redis

        backend = configuration.backend
        return ['the Redis of config.backend', backend.source] if backend.is_a?(Backend::RedisAdapter)

        url = ENV.fetch('REDIS_URL', '').strip
        ['REDIS_URL', url] unless url.empty?
      end

      def missing(configuration)
        backend = configuration.backend
        'the queue has no Redis: set config.queue_redis, KAAL_QUEUE_REDIS or REDIS_URL to a URL such as ' \
          "redis://localhost:6379/0; the backend is #{backend ? "a #{backend.class}" : 'nil'}"
      end
    end
    private_constant :Location
  end
end
