# frozen_string_literal: true

# A lease on Redis next to the same commands through redis-rb, above what a bare round trip takes.

require_relative '../batches'
require_relative '../redis_peer'

Figure.define('redis.acquire_fresh', bar: { ratio: 0.5 }) do
  RedisPeer.open do |peer|
    adapter = peer.adapter
    Batches.compare(
      batch: 50,
      floor: ->(_) { peer.ping },
      ours: ->(n) { adapter.acquire("ours:#{n}", 5) },
      peer: ->(n) { peer.acquire("peer:#{n}", 5) }
    )
  end
end

Figure.define('redis.acquire_held', bar: { ratio: 0.5 }) do
  RedisPeer.open do |peer|
    peer.acquire('held', 3_600)
    adapter = peer.adapter
    Batches.compare(
      batch: 50,
      floor: ->(_) { peer.ping },
      ours: ->(_) { adapter.acquire('held', 5) },
      peer: ->(_) { peer.acquire('held', 5) }
    )
  end
end

Figure.define('redis.acquire_release', bar: { ratio: 0.5 }) do
  RedisPeer.open do |peer|
    adapter = peer.adapter
    Batches.compare(
      batch: 50,
      floor: ->(_) { 2.times { peer.ping } },
      ours: lambda { |n|
        key = "ours:#{n}"
        adapter.acquire(key, 5) && adapter.release(key)
      },
      peer: lambda { |n|
        key = "peer:#{n}"
        peer.release(key, peer.acquire(key, 5))
      }
    )
  end
end
