# frozen_string_literal: true

module Kaal
  module RedisConnection
    # Gives a RedisClient, which has only `call`, the methods that kaal-rs calls on a client.
    class CalledClient
      attr_reader :client

      def initialize(client)
        @client = client
      end

      def set(key, value, nx: false, px: nil)
        @client.call('SET', key, value, *('NX' if nx), *(['PX', px] if px))
      end

      def eval(script, keys: [], argv: [])
        @client.call('EVAL', script, keys.size, *keys, *argv)
      end

      def setex(key, seconds, value)
        @client.call('SETEX', key, seconds, value)
      end

      def get(key)
        @client.call('GET', key)
      end

      def counts?
        true
      end

      def incr(key)
        @client.call('INCR', key)
      end

      def hset(key, field, value)
        @client.call('HSET', key, field, value)
      end

      def hget(key, field)
        @client.call('HGET', key, field)
      end

      def hdel(key, field)
        @client.call('HDEL', key, field)
      end

      def hvals(key)
        @client.call('HVALS', key)
      end
    end
  end
end
