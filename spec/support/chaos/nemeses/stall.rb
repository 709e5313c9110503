# frozen_string_literal: true

require 'chaos/proxy_nemesis'

module Chaos
  module Nemeses
    # Nothing moves for a while, then all arrives: the server acts on requests whose senders have given them up.
    class Stall < ProxyNemesis
      def act
        proxy.stall
        'nothing moves'
      end
    end
  end
end
