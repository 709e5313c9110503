# frozen_string_literal: true

require 'chaos/proxy_nemesis'

module Chaos
  module Nemeses
    # What is sent gets lost, and nobody hears that it did; sessions stay open at the server.
    class BlackHole < ProxyNemesis
      def act
        proxy.black_hole
        'black hole'
      end
    end
  end
end
