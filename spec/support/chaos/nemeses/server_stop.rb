# frozen_string_literal: true

require 'chaos/one_server'

module Chaos
  module Nemeses
    # The server is stopped as whoever maintains it does, and started again with its data.
    class ServerStop < Nemesis
      extend OneServer

      def act
        store.stop
        'server stopped'
      end

      def undo = store.start

      def lasts = 0.5..4.0
    end
  end
end
