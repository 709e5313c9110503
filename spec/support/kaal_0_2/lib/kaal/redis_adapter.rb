# frozen_string_literal: true

module Kaal
  module Backend
    # The wire of Redis: strings, JSON, one hash.
    class RedisAdapter
      FIELDS = %w[key cron enabled source metadata created_at updated_at disabled_at].freeze
      RECORD = %w[key fire_time dispatched_at node_id status].freeze
      WEEK = 604_800

      def initialize(redis, namespace: 'kaal')
        @redis = redis
        @namespace = namespace
      end

      def definition_registry = self
      def dispatch_registry = self

      def acquire(key, ttl)
        @redis.set(key, SecureRandom.uuid, nx: true, px: ttl * 1000)
      end

      def log_dispatch(key, fire_time, node_id)
        record = { key: key, fire_time: fire_time.to_i, dispatched_at: Time.now.to_i, node_id: node_id, status: 'dispatched' }
        @redis.setex(record_key(key, fire_time), WEEK, JSON.generate(record))
      end

      def find_dispatch(key, fire_time)
        json = @redis.get(record_key(key, fire_time))
        read(json, RECORD).then { |record| record.merge(fire_time: Time.at(record[:fire_time]).utc) } if json
      end

      def upsert_definition(key:, cron:, source:, enabled: true, metadata: {})
        now = Time.now.utc.iso8601
        stored = find_definition(key) || {}
        definition = { key: key, cron: cron, enabled: enabled, source: source, metadata: metadata,
                       created_at: stored[:created_at]&.iso8601 || now, updated_at: now, disabled_at: (unless enabled
                                                                                                         now
                                                                                                       end) }
        @redis.hset("#{@namespace}:definitions", key, JSON.generate(definition))
      end

      def switch(key, enabled)
        definition = find_definition(key)
        upsert_definition(**definition.slice(:key, :cron, :source, :metadata), enabled: enabled)
      end

      def find_definition(key)
        json = @redis.hget("#{@namespace}:definitions", key)
        definition_of(json) if json
      end

      def all_definitions
        @redis.hvals("#{@namespace}:definitions").map { |json| definition_of(json) }.sort_by { |definition| definition[:key] }
      end

      private

      def record_key(key, fire_time) = "#{@namespace}:cron_dispatch:#{key}:#{fire_time.to_i}"

      def definition_of(json)
        definition = read(json, FIELDS)
        %i[created_at updated_at disabled_at].each { |name| definition[name] &&= Time.iso8601(definition[name]) }
        definition
      end

      # It takes these fields and no others.
      def read(json, fields)
        parsed = JSON.parse(json)
        raise "the fields are #{parsed.keys}, not #{fields}" unless parsed.keys == fields

        parsed.symbolize_keys
      end
    end
  end
end
