# frozen_string_literal: true

# A hundred leases at once, per lease, next to redis-rb's own pipeline.

require_relative '../batches'
require_relative '../redis_peer'

Figure.define('redis.acquire_many_100', bar: { ratio: 0.5 }) do
  RedisPeer.open do |peer|
    adapter = peer.adapter
    Batches.compare(
      batch: 1, per: 100,
      ours: ->(n) { adapter.acquire_many(Array.new(100) { |key| "ours:#{n}:#{key}" }, 5) },
      peer: lambda { |n|
        keys = Array.new(100) { |key| "peer:#{n}:#{key}" }
        peer.redis.pipelined { |pipeline| keys.each { |key| peer.acquire(key, 5, pipeline) } }
      }
    )
  end
end
