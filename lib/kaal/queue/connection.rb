# frozen_string_literal: true

module Kaal
  module Queue
    # From what an app gives as its Redis to the options of native connections. A queue has no other kind: its
    # heartbeat goes on while Ruby is busy.
    module Connection
      LOCAL = 'redis://127.0.0.1:6379'
      private_constant :LOCAL

      class << self
        # @param client [String, URI, Redis, RedisClient, Async::Redis::Client, Hash, #url, nil] or an endpoint; a Hash
        #   has `url`, and perhaps `username` and `password`; nil: the Redis of this machine
        # @raise [ArgumentError] when no connection can be derived from it
        def options(client)
          client = client.endpoint if client.respond_to?(:endpoint)
          options = derived_or_given(client)
          return options unless ConnectionSource.asked?(options)

          raise ArgumentError, 'a queue cannot call a proc for its password: its heartbeat goes on while Ruby is busy'
        end

        private

        def derived_or_given(client)
          case client
          when nil then { url: LOCAL }
          when String, URI::Generic then RedisConnection.native_options(client)
          when Hash then RedisConnection.settings(client)
          when Proc, Method then { url: client }
          else endpoint(client) || derived(client)
          end
        end

        # What an Async::Redis::Client has: in newer versions with a URL and credentials, else of async-io.
        def endpoint(endpoint)
          return with_credentials(endpoint) if endpoint.respond_to?(:url)
          return unless endpoint.respond_to?(:hostname)

          port = endpoint.respond_to?(:port) ? endpoint.port : endpoint.specification[1]
          { host: endpoint.hostname, port: Integer(port) }
        end

        def with_credentials(endpoint)
          url = URI(endpoint.url.to_s)
          *user, password = endpoint.credentials if endpoint.respond_to?(:credentials) && !url.userinfo
          return { url: url.to_s } unless password

          database = url.path.to_s.delete_prefix('/')
          { host: url.hostname, port: url.port || 6_379, db: Integer(database.empty? ? 0 : database),
            username: user.first, password: password, tls: ({} if url.scheme == 'rediss') }
        end

        def derived(client)
          if RedisConnection::Cluster.client?(client)
            raise ArgumentError, "a queue cannot go through a #{client.class}: give it the URL of a node of the cluster"
          end

          RedisConnection.native_options(client)
        rescue RedisConnection::Underivable => e
          raise ArgumentError, 'a queue needs a URL, or a Redis client that native connections can be derived from; ' \
                               "of this #{client.class} none can, for #{e.message}"
        end
      end
    end
    private_constant :Connection
  end
end
