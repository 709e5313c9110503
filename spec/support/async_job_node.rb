# frozen_string_literal: true

require 'redis'
require 'securerandom'

# A node that speaks the protocol of Async::Job's Redis processor, with nothing of ours: it adds, takes, completes,
# retries and recovers jobs as that does.
class AsyncJobNode
  COMPLETE = "redis.call('LREM', KEYS[1], 1, ARGV[1]) redis.call('HDEL', KEYS[2], ARGV[1])"
  RETRY = "redis.call('LREM', KEYS[1], 1, ARGV[1]) redis.call('LPUSH', KEYS[2], ARGV[1])"
  HEARTBEAT_SECONDS = 10

  attr_reader :id

  def initialize(url, prefix)
    @redis = Redis.new(url: url)
    @prefix = prefix
    @id = SecureRandom.uuid
  end

  def add(job)
    id = SecureRandom.uuid
    @redis.hset(key('jobs'), id, JSON.generate(job))
    @redis.lpush(key('ready'), id)
    id
  end

  def add_delayed(job, time)
    id = SecureRandom.uuid
    @redis.hset(key('jobs'), id, JSON.generate(job))
    @redis.zadd(key('delayed'), time.to_f, id)
    id
  end

  def beat
    @redis.set(heartbeat(@id), JSON.generate(uptime: 1), ex: HEARTBEAT_SECONDS)
  end

  # @return [Array(String, Hash), nil] nil: there is none
  def take
    id = @redis.rpoplpush(key('ready'), pending(@id))
    [id, JSON.parse(@redis.hget(key('jobs'), id))] if id
  end

  def complete(id)
    @redis.eval(COMPLETE, keys: [pending(@id), key('jobs')], argv: [id])
  end

  def retry(id)
    @redis.eval(RETRY, keys: [pending(@id), key('ready')], argv: [id])
  end

  # Puts what servers without a heartbeat have pending back among the ready jobs.
  def recover
    @redis.scan_each(match: "#{@prefix}:processing:*:pending").to_a.uniq.each do |pending|
      next if @redis.exists?(pending.delete_suffix(':pending'))

      nil while @redis.rpoplpush(pending, key('ready'))
    end
  end

  # Dies, with its heartbeat.
  def die
    @redis.del(heartbeat(@id))
  end

  private

  def key(name) = "#{@prefix}:#{name}"
  def heartbeat(server) = "#{@prefix}:processing:#{server}"
  def pending(server) = "#{heartbeat(server)}:pending"
end
