# frozen_string_literal: true

# Leases that an adapter holds already must not slow down a further one: the peer is an adapter of
# the same kind that holds none. What is measured ends soon, so that the peer goes on holding few.

require_relative '../batches'
require_relative '../redis_peer'

LIVE = Array.new(10_000) { |n| "live:#{n}" }.freeze

Figure.define('redis.acquire_fresh_10k_live', bar: { ratio: 1.25 }) do
  RedisPeer.open do |peer|
    full = peer.adapter
    empty = peer.adapter
    full.acquire_many(LIVE, 3_600)
    Batches.compare(
      batch: 50,
      ours: ->(n) { full.acquire("full:#{n}", 0.1) },
      peer: ->(n) { empty.acquire("empty:#{n}", 0.1) }
    )
  end
end

Figure.define('memory.acquire_10k_live', bar: { ratio: 1.5 }) do
  full = Kaal::Backend::MemoryAdapter.new
  empty = Kaal::Backend::MemoryAdapter.new
  full.acquire_many(LIVE, 3_600)
  Batches.compare(
    batch: 1_000,
    ours: ->(n) { full.acquire("full:#{n}", 0.001) },
    peer: ->(n) { empty.acquire("empty:#{n}", 0.001) }
  )
end
