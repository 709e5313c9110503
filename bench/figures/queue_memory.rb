# frozen_string_literal: true

# What a worker grows by when a hundred thousand jobs are ready that it cannot perform yet.

require 'rbconfig'
require_relative '../figure'
require_relative '../queue_peer'

QUEUEING = File.expand_path('../queueing_process.rb', __dir__)

Figure.define('queue.memory_100k_ready', bar: { ours: 5.0 }, unit: 'MB') do
  QueuePeer.open do |peer|
    command = [RbConfig.ruby, *$LOAD_PATH.map { |path| "-I#{path}" }, QUEUEING, peer.url, QueuePeer::PREFIX]
    grown = IO.popen(command, 'r+') do |worker|
      worker.gets
      100.times { peer.client.call_many([{ 'arguments' => ['x' * 100] }] * 1_000) }
      worker.puts
      worker.read
    end
    Figure::Values.new(ours: Float(grown))
  end
end
