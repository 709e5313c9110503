# frozen_string_literal: true

require 'chaos/one_server'

module Chaos
  module Nemeses
    # SIGKILL of the server, which comes back with what it had acknowledged.
    class ServerKill < Nemesis
      extend OneServer

      def act
        store.stop(:KILL)
        'SIGKILL of the server'
      end

      def undo = store.start

      def lasts = 0.0..3.0
    end
  end
end
