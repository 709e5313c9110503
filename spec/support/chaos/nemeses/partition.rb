# frozen_string_literal: true

require 'chaos/one_server'
require 'tcp_proxy'

module Chaos
  module Nemeses
    # One node, or some, cannot reach the server, for longer than a lease; the others can.
    class Partition < Nemesis
      extend OneServer

      # What becomes of what they send.
      KINDS = { black_hole: 'lost', stall: 'delivered late', refuse: 'refused' }.freeze

      def prepare
        @proxies = Array.new(Fleet::SIZE) { TcpProxy.new(store.server.port) }
        fleet.address = ->(number) { @proxies[number].url(store.url) }
      end

      def act
        victims = fleet.numbers.sample(random.rand(1...Fleet::SIZE), random: random)
        kind, fate = KINDS.to_a.sample(random: random)
        victims.each { |number| separate(@proxies[number], kind) }
        "processes #{victims.sort.join(', ')} cut off, what they send is #{fate}"
      end

      def undo = @proxies.each(&:pass)

      def finish = @proxies&.each(&:close)

      def lasts = (0.5 * Fleet::LEASE)..(2.5 * Fleet::LEASE)

      private

      def separate(proxy, kind)
        proxy.public_send(kind)
        proxy.cut if kind == :refuse
      end
    end
  end
end
