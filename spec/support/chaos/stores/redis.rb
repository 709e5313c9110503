# frozen_string_literal: true

require 'redis_server'

module Chaos
  module Stores
    # A Redis that writes down what it acknowledges.
    class Redis < Store
      BACKENDS = %w[redis].freeze

      def initialize(backend)
        super
        @server = RedisServer.new(appendonly: 'yes', appendfsync: 'always')
      end

      # It has no tables.
      def furnish; end

      def lose_data = server.flush
    end
  end
end
