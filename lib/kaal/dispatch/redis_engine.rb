# frozen_string_literal: true

module Kaal
  module Dispatch
    # The dispatch log in Redis: a key a run, `<namespace>:cron_dispatch:<cron key>:<unix seconds>`,
    # with JSON in it that ends by itself.
    class RedisEngine < Registry
      # How long a record is kept unless said otherwise, in seconds: a week.
      DEFAULT_TTL = 604_800

      # @return [String] what the keys begin with
      attr_reader :namespace

      # @return [Integer] how long a record is kept, in seconds
      attr_reader :ttl

      # @param namespace [String] what the keys begin with
      # @param ttl [Integer] how long a record is kept, in seconds
      # @param redis [String, Redis, RedisClient, #setex] as for {Backend::RedisAdapter}
      def initialize(redis, namespace: 'kaal', ttl: DEFAULT_TTL)
        super()
        @redis = RedisConnection.for(redis)
        @namespace = namespace
        @ttl = ttl
      end

      # @param (see Registry#log_dispatch)
      # @return [Hash] the record, with times in unix seconds
      def log_dispatch(key, fire_time, node_id, status = 'dispatched')
        record = record(key, fire_time, node_id, status)
        @redis.setex(record_key(record), ttl, Native.record_json(record))
        record
      end

      # (see Registry#log_dispatches)
      def log_dispatches(runs, node_id, status = 'dispatched')
        return super unless RedisConnection.native?(@redis)

        entries = runs.map do |key, fire_time|
          record = record(key, fire_time, node_id, status)
          [record_key(record), ttl, Native.record_json(record)]
        end
        @redis.setex_many(entries)
      end

      # @param runs [Array<Array(String, Integer)>] cron key and fire time in unix seconds
      # @return [Array<Boolean>]
      def dispatched_many(runs)
        return runs.map { |key, fire_time| dispatched?(key, fire_time) } unless RedisConnection.native?(@redis)

        @redis.exist_many(runs.map { |key, fire_time| Native.record_key(namespace, key, fire_time) })
      end

      # @param (see Registry#find_dispatch)
      # @return [Hash, nil] the record, with Times
      def find_dispatch(key, fire_time)
        json = @redis.get(Native.record_key(namespace, key.to_s, fire_time.to_i))
        with_times(json && Native.parse_record(json))
      end

      private

      def record_key(record)
        Native.record_key(namespace, record[:key], record[:fire_time])
      end
    end
  end
end
