# frozen_string_literal: true

require 'kaal'
require 'redis'
require 'redis_server'
require 'securerandom'
require 'socket'

# A Redis with what talks to it: our adapter, the client redis-rb with the commands of pure-Ruby
# Kaal, and a bare socket that can only PING.
class RedisPeer
  RELEASE = <<~LUA
    if redis.call("get", KEYS[1]) == ARGV[1] then
      return redis.call("del", KEYS[1])
    else
      return 0
    end
  LUA

  # Gives the block a fresh one.
  def self.open
    server = RedisServer.new
    yield new(server)
  ensure
    server&.stop
  end

  attr_reader :redis

  def initialize(server)
    @server = server
    @redis = Redis.new(url: server.url)
    @socket = TCPSocket.new('127.0.0.1', server.port)
  end

  def url
    @server.url
  end

  def adapter
    Kaal::Backend::RedisAdapter.new(url)
  end

  # @return [String, nil] the token, where the lease was won
  def acquire(key, ttl, client = @redis)
    token = SecureRandom.uuid
    token if client.set(key, token, nx: true, px: ttl * 1000)
  end

  def release(key, token)
    @redis.eval(RELEASE, keys: [key], argv: [token])
  end

  # Does not sleep until the answer is there: to be woken takes longer than that.
  def ping
    @socket.write("PING\r\n")
    nil while @socket.read_nonblock(16, exception: false) == :wait_readable
  end
end
