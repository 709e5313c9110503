# frozen_string_literal: true

# What runs cost that are due, and what registering costs, next to the bare commands of redis-rb.

require_relative '../batches'
require_relative '../jobs'
require_relative '../redis_peer'

# Microseconds of a bare command.
def bare_sets(peer, count)
  Jobs.seconds { count.times { |n| peer.acquire("bare #{n}", 125) } } / count * 1e6
end

Figure.define('tick.first_10k', bar: { ratio: 0.35 }) do
  rounds = Array.new(3) do
    RedisPeer.open do |peer|
      runs = 0
      Jobs.with(10_000, backend: peer.adapter) { |**| runs += 1 }
      mine = Jobs.seconds { Kaal.tick! } / runs * 1e6
      [mine, bare_sets(peer, 20_000)]
    end
  end
  Figure::Values.new(
    ours: Jobs.median(rounds.map(&:first)), peer: Jobs.median(rounds.map(&:last)),
    ratio: Jobs.median(rounds.map { |mine, theirs| mine / theirs })
  )
end

# So that there is a day to recover.
def made_yesterday(peer)
  made = (Time.now - 90_000).utc.iso8601
  definitions = peer.redis.hgetall('kaal:definitions')
  definitions.each do |key, json|
    peer.redis.hset('kaal:definitions', key, JSON.generate(JSON.parse(json).merge('created_at' => made)))
  end
end

# Microseconds of a run that is looked at, with a scheduler that recovers a day of a hundred jobs.
def recover(peer)
  Jobs.with(100, backend: peer.adapter, log: true)
  made_yesterday(peer)
  done = Queue.new
  Kaal.subscribe('recovery.kaal') { |*, payload| done << payload[:runs] }
  seconds = Jobs.seconds do
    Kaal.start!
    sleep 0.01 until Kaal.recovery_progress&.fetch(:done)
  end
  Kaal.stop!
  seconds / Array.new(done.size) { done.pop }.sum * 1e6
end

Figure.define('recovery.day_of_100_jobs', bar: { ratio: 0.35 }) do
  RedisPeer.open do |peer|
    mine = recover(peer)
    two = bare_sets(peer, 20_000) * 2
    Figure::Values.new(ours: mine, peer: two, ratio: mine / two)
  end
end

Figure.define('recovery.all_recorded', bar: { ratio: 0.1 }) do
  RedisPeer.open do |peer|
    recover(peer)
    mine = recover(peer)
    one = bare_sets(peer, 20_000)
    Figure::Values.new(ours: mine, peer: one, ratio: mine / one)
  end
end

Figure.define('register.all_10k_next_to_one', bar: { ratio: 0.1 }) do
  RedisPeer.open do |peer|
    Jobs.with(0, backend: peer.adapter)
    job = ->(name, n) { { key: "#{name} #{n}", cron: '* * * * *', enqueue: ->(**) {} } }
    one = Jobs.seconds { 1_000.times { |n| Kaal.register(**job.call('one', n)) } } / 1_000
    jobs = Array.new(10_000) { |n| job.call('many', n) }
    each = Jobs.seconds { Kaal.register_all(jobs) } / 10_000
    Figure::Values.new(ours: each * 1e6, peer: one * 1e6, ratio: each / one)
  end
end
