# frozen_string_literal: true

# How late a delayed job begins that another process has added: of a hundred, one is later.

require_relative '../figure'
require_relative '../queue_peer'

Figure.define('queue.delayed_lateness_p99', bar: { ours: 60.0 }, unit: 'ms') do
  QueuePeer.open do |peer|
    late = Thread::Queue.new
    note = ->(job) { late << (Time.now.to_f - job['due']) }
    server = Kaal::Queue::Server.new(note, peer.url, prefix: QueuePeer::PREFIX)
    server.start
    client = peer.client
    # Each due before all that were added: whoever moves them has to be told.
    300.times do |number|
      due = Time.now.to_f + 4 - (number * 0.01)
      client.call({ 'due' => due, 'scheduled_at' => due })
    end
    latenesses = Array.new(300) { late.pop }.sort
    server.stop
    Figure::Values.new(ours: latenesses[296] * 1e3)
  end
end
