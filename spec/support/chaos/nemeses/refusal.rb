# frozen_string_literal: true

require 'chaos/proxy_nemesis'

module Chaos
  module Nemeses
    # All connections are reset, and new ones refused for a while.
    class Refusal < ProxyNemesis
      def act
        proxy.refuse
        proxy.cut
        'connections refused'
      end
    end
  end
end
