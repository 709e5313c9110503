# frozen_string_literal: true

# A tick at which nothing is due.

require_relative '../batches'
require_relative '../jobs'
require_relative '../plain_tick'
require_relative '../redis_peer'

QUIET_BACKENDS = {
  'redis' => [->(peer) { peer.adapter }, ->(peer) { peer.redis }],
  'memory' => [->(_peer) { Kaal::Backend::MemoryAdapter.new }, ->(_peer) {}]
}.freeze

# Microseconds of a tick after the first one.
def quiet_tick
  Kaal.tick!
  Jobs.median(Array.new(9) { Jobs.seconds { 20.times { Kaal.tick! } } / 20 * 1e6 })
end

QUIET_BACKENDS.each do |name, (ours, plain)|
  Figure.define("tick.quiet_10k_#{name}", bar: { ratio: 0.001 }) do
    RedisPeer.open do |peer|
      Jobs.with(10_000, backend: ours.call(peer))
      tick = PlainTick.new(Array.new(1_000) { |n| ["job #{n}", '* * * * *'] }, redis: plain.call(peer))
      tick.call
      theirs = Jobs.median(Array.new(3) { Jobs.seconds { tick.call } }) * 1e6
      mine = quiet_tick
      Figure::Values.new(ours: mine, peer: theirs, ratio: mine / theirs)
    end
  end
end

# What a measure gives for 10,000 jobs, next to 100.
def next_to_a_hundred
  RedisPeer.open do |peer|
    few, many = [100, 10_000].map do |count|
      peer.redis.flushall
      Jobs.with(count, backend: peer.adapter)
      yield peer
    end
    Figure::Values.new(ours: many, peer: few, ratio: many.fdiv(few))
  end
end

Figure.define('tick.quiet_10k_next_to_100', bar: { ratio: 1.5 }) do
  RedisPeer.open do |peer|
    few, many = [100, 10_000].map do |count|
      Jobs.leave
      Jobs.with(count, backend: Kaal::Backend::RedisAdapter.new(peer.url, namespace: "of #{count}"))
      Kaal.tick!
      Jobs.current
    end
    tick = ->(state, number) { (number % 50).zero? ? Jobs.switch(state) && Kaal.tick! : Kaal.tick! }
    Batches.compare(batch: 50, turns: 20, ours: ->(n) { tick.call(many, n) }, peer: ->(n) { tick.call(few, n) })
  end
end

Figure.define('tick.quiet_allocations', bar: { ratio: 1.0 }, unit: 'objects') do
  next_to_a_hundred do
    2.times { Kaal.tick! }
    before = GC.stat(:total_allocated_objects)
    Kaal.tick!
    GC.stat(:total_allocated_objects) - before
  end
end

Figure.define('tick.quiet_store_calls', bar: { ratio: 1.0 }, unit: 'commands') do
  next_to_a_hundred do |peer|
    2.times { Kaal.tick! }
    count = -> { peer.redis.info('stats').fetch('total_commands_processed').to_i }
    before = count.call
    10.times { Kaal.tick! }
    count.call - before
  end
end
