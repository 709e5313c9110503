# frozen_string_literal: true

require 'sentinel_group'

module Chaos
  module Stores
    # A Redis with a replica, of which a sentinel says who is the master.
    class RedisSentinel < Store
      BACKENDS = %w[redis-sentinel].freeze

      def initialize(backend)
        super
        @group = SentinelGroup.new(appendonly: 'yes', appendfsync: 'always')
      end

      def furnish; end

      # The sentinel's port.
      def url = @group.sentinel.port.to_s

      # @param crash [Boolean] whether the master is killed, else it is made a replica
      # @return [String] what was done
      def fail_over(crash:)
        crash ? @group.fail_over : @group.change_over
        "#{crash ? 'SIGKILL of the master' : 'change'}, now it is #{@group.master.port}"
      end

      # All servers are there again.
      def mend = @group.mend

      def finish = @group.stop
    end
  end
end
