# frozen_string_literal: true

# Adding jobs to a queue, per job, next to the same through redis-rb; a hundred at once next to a pipeline of it.

require_relative '../batches'
require_relative '../queue_peer'

JOB = { 'class' => 'Job', 'arguments' => [1, 'two'] }.freeze

Figure.define('queue.enqueue', bar: { ratio: 0.83 }) do
  QueuePeer.open do |peer|
    client = peer.client
    Batches.compare(batch: 50, ours: ->(_) { client.call(JOB) }, peer: ->(_) { peer.add(JOB) })
  end
end

Figure.define('queue.enqueue_100', bar: { ratio: 0.2 }) do
  QueuePeer.open do |peer|
    client = peer.client
    jobs = [JOB] * 100
    Batches.compare(
      batch: { ours: 3, peer: 1 }, per: 100, turns: 40,
      ours: ->(_) { client.call_many(jobs) }, peer: ->(_) { peer.add_many(jobs) }
    )
  end
end
