# frozen_string_literal: true

# A poll of Allora's scheduler with 1,000 jobs, next to one in plain Ruby through redis-rb: SETNX, WATCH, GET,
# and UNWATCH or MULTI a job.

require 'allora_node'
require 'kaal/allora'
require_relative '../batches'
require_relative '../jobs'
require_relative '../redis_peer'

# Two nodes, each with 1,000 jobs of its own that run every so many seconds.
class IntervalPolls
  NAMES = Array.new(1_000) { |number| "job #{number}" }.freeze

  def initialize(peer, seconds)
    ours = Allora::Backend::Redis.new(url: peer.url, prefix: 'ours', reset: false)
    plain = AlloraNode.new(peer.redis, NAMES.to_h { |name| [name, seconds] }, prefix: 'plain')
    jobs = NAMES.to_h { |name| [name, Allora::Job::EveryJob.new(seconds)] }
    @polls = { ours: -> { ours.reschedule(jobs).size }, peer: -> { plain.poll.size } }
    @polls.each_value(&:call) # the first runs are set
  end

  # Polls at which nothing is due, in short batches.
  def idle
    polls = @polls.transform_values { |poll| ->(_number) { expect(0, poll.call) } }
    Batches.compare(batch: { ours: 10, peer: 1 }, turns: 3, **polls)
  end

  # Polls at which all are due: the median of some of each, a second apart.
  def busy
    rounds = Array.new(7) do
      sleep 1.1 # until those are due again that were moved last
      @polls.each_value.map { |poll| Jobs.seconds { expect(1_000, poll.call) } * 1e6 }
    end
    mine, theirs = rounds.transpose.map { |took| Jobs.median(took) }
    Figure::Values.new(ours: mine, peer: theirs, ratio: mine / theirs)
  end

  private

  def expect(due, taken)
    raise "#{taken} jobs were taken, not #{due}" unless taken == due
  end
end

Figure.define('interval.poll_1k_none_due', bar: { ratio: 1.0 / 50 }) do
  RedisPeer.open { |peer| IntervalPolls.new(peer, 86_400).idle }
end

Figure.define('interval.poll_1k_all_due', bar: { ratio: 1.0 / 20 }) do
  RedisPeer.open { |peer| IntervalPolls.new(peer, 1).busy }
end
