# frozen_string_literal: true

# Leases on Redis against the same command through redis-rb, in interleaved batches, next to a bare
# PING over a socket: what no client can be faster than.

$LOAD_PATH.unshift File.expand_path('../spec/support', __dir__)

require 'kaal'
require 'redis'
require 'redis_server'
require 'securerandom'

ROUNDS = 7
CALLS = 3_000

def microseconds(&)
  started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  CALLS.times(&)
  (Process.clock_gettime(Process::CLOCK_MONOTONIC) - started) / CALLS * 1e6
end

def median(values)
  values.sort[values.size / 2]
end

server = RedisServer.new
socket = TCPSocket.new('127.0.0.1', server.port)
peer = Redis.new(url: server.url)
ours = Kaal::Backend::RedisAdapter.new(server.url)

rounds = Array.new(ROUNDS) do |round|
  {
    floor: microseconds { socket.write("PING\r\n") && socket.gets },
    ours: microseconds { |n| ours.acquire("ours:#{round}:#{n}", 5) },
    peer: microseconds { |n| peer.set("peer:#{round}:#{n}", SecureRandom.uuid, nx: true, px: 5_000) }
  }
end
server.stop

figures = %i[floor ours peer].to_h { |name| [name, median(rounds.map { |round| round[name] })] }
ratio = median(rounds.map { |round| (round[:ours] - round[:floor]) / (round[:peer] - round[:floor]) })
puts 'name ours peer ratio unit floor'
puts format('redis.acquire_fresh %<ours>.1f %<peer>.1f %<ratio>.2f us %<floor>.1f', ratio:, **figures)
