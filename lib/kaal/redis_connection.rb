# frozen_string_literal: true

require_relative 'redis_connection/underivable'
require_relative 'redis_connection/tls'
require_relative 'redis_connection/cluster'
require_relative 'redis_connection/redis_rb4'
require_relative 'redis_connection/redis_client_config'
require_relative 'redis_connection/given_client'
require_relative 'redis_connection/called_client'

module Kaal
  # From what an app gives as its Redis to what kaal-rs talks to: a native connection where one can
  # be derived, else the given object itself.
  module RedisConnection
    class << self
      # @param redis [String, URI, Proc, Hash, Redis, RedisClient, #set] a Hash has `url`, and perhaps
      #   `username` and `password`
      # @raise [ArgumentError] when it is no Redis client, or the URL is not usable
      def for(redis)
        case redis
        when Native::Redis, GivenClient, CalledClient then redis
        when String, URI::Generic, Proc, Method then of_settings({ url: redis })
        when Hash then of_settings(redis)
        else from_client(redis)
        end
      end

      # Where a URL leads to, without user and password; nil: it is none.
      #
      # @param redis [Object] what {.for} takes
      # @return [String, nil]
      def place(redis)
        return unless redis.is_a?(String) || redis.is_a?(URI::Generic)

        uri = URI(redis.to_s)
        uri.scheme == 'unix' ? uri.path : [uri.hostname, uri.port].compact.join(':')
      rescue URI::InvalidURIError
        nil # Ruby wants more of a URL than the core
      end

      # What a native connection to the same Redis takes.
      #
      # @param redis [String, URI, Redis, RedisClient]
      # @return [Hash]
      # @raise [Underivable] when the client has something that no connection of our own can do
      def native_options(redis)
        case redis
        when String, URI::Generic then { url: redis.to_s }
        else options(redis)
        end
      end

      # What a native connection takes, of a Hash that says it.
      #
      # @param given [Hash] has `url`, and perhaps `username` and `password`
      # @return [Hash]
      # @raise [ArgumentError] when it has anything else
      def settings(given)
        settings = given.transform_keys(&:to_sym)
        wrong = settings.keys - %i[url username password]
        unless wrong.empty? && settings[:url]
          raise ArgumentError, 'a Redis is named by url:, beside which username: and password: may be, ' \
                               "got #{settings.keys}"
        end

        settings[:url] = settings[:url].to_s if settings[:url].is_a?(URI::Generic)
        settings.compact
      end

      def native?(connection)
        connection.is_a?(Native::Redis)
      end

      # A cluster is always reached through its client, which knows where each key lies.
      def cluster?(connection)
        !native?(connection) && Cluster.client?(connection.client)
      end

      private

      def of_settings(given)
        connect(settings(given))
      end

      def connect(options)
        return Native::Redis.new(options) unless ConnectionSource.asked?(options)

        ConnectionSource.new(options, &:itself).connect { |source| Native::Redis.new(source) }
      end

      def from_client(client)
        unless callable?(client) || redis_client?(client)
          raise ArgumentError, "redis client must respond to :set and :eval, got #{client.class}; a URL will do as well"
        end

        begin
          connect(options(client))
        rescue Underivable, ArgumentError, SystemCallError => e
          Kaal.logger&.info("[Kaal] Redis through the given #{client.class}, not a native connection: #{e.message}")
          callable?(client) ? GivenClient.new(client) : CalledClient.new(client)
        end
      end

      # Only objects of exactly these classes, without methods of their own, do what the options
      # say; a subclass or a stubbed object may do anything.
      def options(client)
        refuse_methods_of_its_own(client)
        return RedisClientConfig.options(client) if exactly?('RedisClient', client)
        raise Underivable, 'it is neither a Redis nor a RedisClient' unless exactly?('Redis', client)

        inner(client._client)
      end

      # What is in a Redis: of redis-rb 5 a client of its own, with sentinels a RedisClient.
      def inner(client)
        known = exactly?('Redis::Client', client) || exactly?('RedisClient', client)
        raise Underivable, "it uses a #{client.class}" unless known

        refuse_methods_of_its_own(client)
        client.respond_to?(:config) ? RedisClientConfig.options(client) : RedisRb4.options(client)
      end

      def refuse_methods_of_its_own(client)
        raise Underivable, 'it has methods of its own' unless client.singleton_methods(false).empty?
      end

      def callable?(client)
        client.respond_to?(:set) && client.respond_to?(:eval)
      end

      def redis_client?(client)
        %w[RedisClient RedisClient::Pooled RedisClient::Cluster].any? { |name| exactly?(name, client) }
      end

      # Of that class and no subclass; `===` is not taken in by proxies, which pass on `class`.
      def exactly?(name, object)
        return false unless Object.const_defined?(name)

        klass = Object.const_get(name)
        klass === object && object.instance_of?(klass) # rubocop:disable Style/CaseEquality
      end
    end
  end
  private_constant :RedisConnection
end
