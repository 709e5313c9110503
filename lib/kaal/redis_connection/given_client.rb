# frozen_string_literal: true

require 'forwardable'

module Kaal
  module RedisConnection
    # A client that is called as it is; what kaal-rs calls on it is this and no more.
    class GivenClient
      extend Forwardable

      def_delegators :@client, :set, :eval, :setex, :get, :hset, :hget, :hdel, :hvals

      def initialize(client)
        @client = client
      end
    end
  end
end
