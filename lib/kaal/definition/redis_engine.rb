# frozen_string_literal: true

module Kaal
  module Definition
    # Definitions in Redis: the hash `<namespace>:definitions`, with JSON by cron key. Changes are counted
    # in `<namespace>:definitions:version`; pure-Ruby Kaal does not count its own.
    class RedisEngine < Registry
      include JsonRecords

      # @param namespace [String] what the keys begin with
      # @param redis [String, Redis, RedisClient, #hset] as for {Backend::RedisAdapter}
      def initialize(redis, namespace: 'kaal')
        super()
        @redis = RedisConnection.for(redis)
        @hash = "#{namespace}:definitions"
        @counter = "#{@hash}:version"
      end

      # A client that cannot count is not asked for what others have counted.
      #
      # @return [Integer, nil]
      def version
        @redis.get(@counter).to_i if RedisConnection.native?(@redis) || @redis.counts?
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
        return json unless json
        return (json if @redis.delete_field(@hash, @counter, key)) if RedisConnection.native?(@redis)

        @redis.hdel(@hash, key)
        count
        json
      end

      # A client that is called cannot tell whether somebody else has changed it meanwhile.
      def write(changes)
        return @redis.replace_fields(@hash, @counter, changes) if RedisConnection.native?(@redis)

        changes.each { |key, _before, json| @redis.hset(@hash, key, json) }
        count
        changes.map { true }
      end

      def count
        @redis.incr(@counter) if @redis.counts?
      end
    end
  end
end
