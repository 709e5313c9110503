# frozen_string_literal: true

module Kaal
  module RedisConnection
    # A client that is called as it is; what kaal-rs calls on it is this and no more.
    class GivenClient
      attr_reader :client

      def initialize(client)
        @client = client
      end

      %i[set eval setex get incr hset hget hdel hvals].each do |name|
        define_method(name) { |*arguments, **options| @client.public_send(name, *arguments, **options) }
      end

      # Whether it has `incr`, which pure-Ruby Kaal does not need.
      def counts?
        @client.respond_to?(:incr)
      end
    end
  end
end
