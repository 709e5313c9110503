# frozen_string_literal: true

module Kaal
  module Definition
    # Definitions in Redis: the hash `<namespace>:definitions`, with JSON by cron key.
    class RedisEngine < Registry
      include JsonRecords

      # @param redis [String, Redis, RedisClient, #hset] as for {Backend::RedisAdapter}
      def initialize(redis, namespace: 'kaal')
        super()
        @redis = RedisConnection.for(redis)
        @hash = "#{namespace}:definitions"
      end

      private

      def read(key)
        @redis.hget(@hash, key)
      end

      def read_all
        @redis.hvals(@hash)
      end

      def delete(key)
        json = read(key)
        @redis.hdel(@hash, key) if json
        json
      end

      # On a connection of our own the change is made only if nobody else made one meanwhile, and
      # begun again otherwise.
      def change(key)
        loop do
          before = read(key)
          json = yield before
          return json if json.nil? || write(key, before, json)
        end
      end

      def write(key, before, json)
        return @redis.replace_field(@hash, key, before, json) if RedisConnection.native?(@redis)

        @redis.hset(@hash, key, json)
        true
      end
    end
  end
end
