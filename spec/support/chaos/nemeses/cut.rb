# frozen_string_literal: true

require 'chaos/proxy_nemesis'

module Chaos
  module Nemeses
    # All connections are reset, again and again.
    class Cut < ProxyNemesis
      def act
        count = proxy.connections
        proxy.cut
        "#{count} connections reset"
      end

      def rests = 0.05..1.0
      def lasts = 0.0..0.0
    end
  end
end
