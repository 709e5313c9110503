# frozen_string_literal: true

require 'fugit'
require 'securerandom'

# A tick as pure Ruby does it: each expression is parsed, each occurrence of the window asked for, with
# one command, whether it was asked for before or not.
class PlainTick
  LOOK_BACK = 120
  TTL_MS = 125_000

  # @param redis [Redis, nil] nil: a Hash
  def initialize(jobs, redis: nil)
    @jobs = jobs
    @redis = redis
    @locks = {}
  end

  def call
    now = Time.now
    @jobs.each do |key, cron|
      occurrences(cron, now).each { |time| acquire("plain:dispatch:#{key}:#{time}") }
    end
  end

  private

  def occurrences(cron, now)
    cron = Fugit.parse_cron(cron)
    times = []
    time = now - LOOK_BACK
    loop do
      time = cron.next_time(time)
      return times if time.to_i > now.to_i

      times << time.to_i
      time = time.to_t
    end
  end

  def acquire(key)
    return @redis.set(key, SecureRandom.uuid, nx: true, px: TTL_MS) if @redis
    return false if @locks.key?(key)

    @locks[key] = Time.now.to_f + (TTL_MS / 1000.0)
    true
  end
end
