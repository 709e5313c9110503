# frozen_string_literal: true

require 'chaos/proxy_nemesis'

module Chaos
  module Nemeses
    # Requests and answers come late, some of them after their caller has given up.
    class Delay < ProxyNemesis
      def act
        seconds = random.rand(0.01..0.8)
        proxy.delay(seconds)
        format('%d ms each way', seconds * 1000)
      end
    end
  end
end
