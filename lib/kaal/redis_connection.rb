# frozen_string_literal: true

require_relative 'redis_connection/underivable'
require_relative 'redis_connection/tls'
require_relative 'redis_connection/redis_rb4'
require_relative 'redis_connection/redis_client_config'
require_relative 'redis_connection/called_client'

module Kaal
  # From what an app gives as its Redis to what kaal-rs talks to: a native connection where one can
  # be derived, else the given object itself.
  module RedisConnection
    class << self
      # @param redis [String, URI, Redis, RedisClient, #set]
      # @raise [ArgumentError] when it is no Redis client, or the URL is not usable
      def for(redis)
        case redis
        when Native::Redis, CalledClient then redis
        when String, URI::Generic then Native::Redis.new({ url: redis.to_s })
        else from_client(redis)
        end
      end

      def native?(connection)
        connection.is_a?(Native::Redis)
      end

      private

      def from_client(client)
        unless callable?(client) || redis_client?(client)
          raise ArgumentError, "redis client must respond to :set and :eval, got #{client.class}; a URL will do as well"
        end

        begin
          Native::Redis.new(options(client))
        rescue Underivable, ArgumentError, SystemCallError => e
          Kaal.logger&.info("[Kaal] Redis through the given #{client.class}, not a native connection: #{e.message}")
          callable?(client) ? client : CalledClient.new(client)
        end
      end

      # Only objects of exactly these classes, without methods of their own, do what the options
      # say; a subclass or a stubbed object may do anything.
      def options(client)
        raise Underivable, 'it has methods of its own' unless client.singleton_methods(false).empty?

        if client.instance_of?(class_named('Redis'))
          inner = client._client
          return RedisRb4.options(inner) if inner.instance_of?(class_named('Redis::Client')) && inner.respond_to?(:options)

          RedisClientConfig.options(inner.respond_to?(:config) ? inner.config : nil)
        elsif client.instance_of?(class_named('RedisClient'))
          RedisClientConfig.options(client.config)
        else
          raise Underivable, 'it is neither a Redis nor a RedisClient'
        end
      end

      def callable?(client)
        client.respond_to?(:set) && client.respond_to?(:eval)
      end

      def redis_client?(client)
        %w[RedisClient RedisClient::Pooled].any? { |name| client.instance_of?(class_named(name)) }
      end

      # nil where it is not loaded: no object is an instance of NilClass but nil.
      def class_named(name)
        Object.const_defined?(name) ? Object.const_get(name) : NilClass
      end
    end
  end
  private_constant :RedisConnection
end
