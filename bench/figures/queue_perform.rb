# frozen_string_literal: true

# Performing jobs that do nothing on ten threads, per job, next to the same through redis-rb.

require_relative '../jobs'
require_relative '../queue_peer'

PERFORMED = 10_000

Figure.define('queue.perform_10_threads', bar: { ratio: 0.33 }) do
  QueuePeer.open do |peer|
    rounds = Array.new(5) { [peer.perform_by_ours(PERFORMED), peer.perform_by_peer(PERFORMED)] }
    ours, theirs = rounds.transpose.map { |seconds| Jobs.median(seconds) / PERFORMED * 1e6 }
    ratio = Jobs.median(rounds.map { |mine, its| mine / its })
    Figure::Values.new(ours: ours, peer: theirs, ratio: ratio)
  end
end
