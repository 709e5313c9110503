# frozen_string_literal: true

require 'chaos/one_server'

module Chaos
  module Nemeses
    # The server stands still, and then goes on with what it was asked meanwhile.
    class ServerPause < Nemesis
      extend OneServer

      def act
        store.pause
        'server paused'
      end

      def undo = store.resume

      # See {ProxyNemesis#lasts}.
      def lasts = 0.5..(store.backend == 'redis' ? 4.0 : 12.0)
    end
  end
end
