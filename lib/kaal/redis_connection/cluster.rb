# frozen_string_literal: true

module Kaal
  module RedisConnection
    # Redis Cluster: which clients speak to one, and what their keys need.
    module Cluster
      # In redis-rb 4 the inner client, in redis-rb 5 and redis-client the client itself.
      CLIENTS = %w[Redis::Cluster RedisClient::Cluster].freeze
      private_constant :CLIENTS

      # The part of a key that Redis takes for all of it when it chooses the slot.
      HASH_TAG = /\A[^{]*\{[^}]+\}/
      private_constant :HASH_TAG

      module_function

      def client?(client)
        parts = [client]
        parts << client._client if client.respond_to?(:_client)
        classes.any? { |klass| parts.any?(klass) }
      end

      # Without its gem for clusters, Redis::Cluster of redis-rb 5 is the module of the commands.
      def classes
        CLIENTS.filter_map { |name| Object.const_get(name) if Object.const_defined?(name) }.grep(Class)
      end
      private_class_method :classes

      # nil, or what is wrong with a namespace: a lock and its record must lie in one slot.
      def namespace_error(setting, namespace)
        return if HASH_TAG.match?(namespace.to_s)

        "#{setting} #{namespace.inspect} has no hash tag, which Redis Cluster needs: try \"{#{namespace}}\""
      end
    end
  end
end
