# frozen_string_literal: true

require 'redis'

# A node of Allora in plain Ruby, with nothing of ours: jobs that run every so many seconds, with Redis'
# SETNX for the first next run and WATCH and MULTI for the others.
class AlloraNode
  # @param jobs [Hash{String => Integer}] seconds by name
  def initialize(redis, jobs, prefix: 'allora')
    @redis = redis
    @jobs = jobs
    @prefix = prefix
  end

  # @return [Array<String>] the names of the jobs that this node is to run
  def poll(now = Time.now)
    last = @redis.get("#{@prefix}_last_run")
    @redis.set("#{@prefix}_last_run", now.to_i.to_s)
    from = last ? last.to_i : now.to_i
    @jobs.filter_map { |name, seconds| name if take?("#{@prefix}_job_#{name}", seconds, from, now.to_i) }
  end

  private

  def take?(key, seconds, from, now)
    @redis.setnx(key, (from + seconds).to_s)
    @redis.watch(key) do |client|
      next client.unwatch && false if client.get(key).to_i > now

      client.multi { |transaction| transaction.set(key, (now + seconds).to_s) }
    end
  end
end
