# frozen_string_literal: true

require 'kaal'

module Chaos
  # What nodes of a fleet take for a backend, by its name and the address of the store.
  module Adapters
    # For the namespaces of a cluster: a run's keys must lie together.
    HASH_TAG = '{kaal}'
    KINDS = {
      'redis' => ->(address) { Kaal::Backend::RedisAdapter.new(address) },
      'redis-sentinel' => lambda { |port|
        require 'sentinel_group'
        Kaal::Backend::RedisAdapter.new(SentinelGroup.client(port))
      },
      'redis-cluster' => lambda { |urls|
        require 'redis'
        Kaal::Backend::RedisAdapter.new(Redis.new(cluster: urls.split(',')), namespace: HASH_TAG)
      },
      'sqlite' => ->(address) { Kaal::Backend::SQLiteAdapter.new(path: address) },
      'postgres' => ->(address) { Kaal::Backend::PostgresAdapter.new(address, lease: :session) },
      'postgres-table' => ->(address) { Kaal::Backend::PostgresAdapter.new(address, lease: :table) },
      'mariadb' => ->(address) { Kaal::Backend::MySQLAdapter.new(address, lease: :session) },
      'mariadb-table' => ->(address) { Kaal::Backend::MySQLAdapter.new(address, lease: :table) }
    }.freeze

    class << self
      def open(backend, address) = KINDS.fetch(backend).call(address)

      # What `config.namespace` has to be with it.
      def namespace(backend) = backend == 'redis-cluster' ? HASH_TAG : 'kaal'
    end
  end
end
