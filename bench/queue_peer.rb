# frozen_string_literal: true

require 'json'
require 'kaal'
require 'redis'
require 'redis_server'
require 'securerandom'

# A Redis with two nodes of one queue: ours, and one in plain Ruby with redis-rb that does the same on the wire, as
# Async::Job's processor does: a script adds a job, BRPOPLPUSH takes one, a script completes it.
class QueuePeer
  PREFIX = 'bench'
  KEYS = %w[jobs ready].map { |name| "#{PREFIX}:#{name}" }.freeze
  PENDING = "#{PREFIX}:processing:peer:pending".freeze
  ADD = "redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) redis.call('LPUSH', KEYS[2], ARGV[1])"
  COMPLETE = "redis.call('LREM', KEYS[1], 1, ARGV[1]) redis.call('HDEL', KEYS[2], ARGV[1])"

  # Does nothing, and tells when it was called so many times.
  class Idle
    def initialize(calls)
      @left = calls
      @mutex = Mutex.new
      @done = Thread::Queue.new
    end

    def call(_job)
      @mutex.synchronize { (@left -= 1).zero? } && @done.close
    end

    def wait
      @done.pop
    end
  end

  # Gives the block a fresh one.
  def self.open
    server = RedisServer.new
    yield new(server)
  ensure
    server&.stop
  end

  attr_reader :url, :inspector

  def initialize(server)
    @url = server.url
    @inspector = server.inspector
    @redis = Redis.new(url: @url)
    @add = @redis.script(:load, ADD)
    @complete = @redis.script(:load, COMPLETE)
  end

  def client
    Kaal::Queue::Client.new(@url, prefix: PREFIX)
  end

  def add(job, redis = @redis)
    id = SecureRandom.uuid
    redis.evalsha(@add, keys: KEYS, argv: [id, JSON.generate(job)])
    id
  end

  def add_many(jobs)
    @redis.pipelined { |pipeline| jobs.each { |job| add(job, pipeline) } }
  end

  # Seconds that ours needs to perform so many jobs on ten threads.
  def perform_by_ours(count)
    timed(count) do |idle|
      server = Kaal::Queue::Server.new(idle, @url, prefix: PREFIX, concurrency: 10)
      server.start
      -> { server.stop }
    end
  end

  # The same for the peer.
  def perform_by_peer(count)
    timed(count) do |idle|
      threads = Array.new(10) { Thread.new { perform(idle) } }
      -> { threads.each(&:kill).each(&:join) }
    end
  end

  private

  def timed(count)
    client.call_many([{ 'class' => 'Job', 'arguments' => [1, 'two'] }] * count)
    idle = Idle.new(count)
    started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    stop = yield idle
    idle.wait
    Process.clock_gettime(Process::CLOCK_MONOTONIC) - started
  ensure
    stop&.call
    @inspector.flushall(async: false) if count
  end

  def perform(idle)
    redis = Redis.new(url: @url)
    loop do
      next unless (id = redis.brpoplpush(KEYS[1], PENDING, timeout: 1))

      idle.call(JSON.parse(redis.hget(KEYS[0], id)))
      redis.evalsha(@complete, keys: [PENDING, KEYS[0]], argv: [id])
    end
  ensure
    redis.close
  end
end
