# frozen_string_literal: true

require 'chaos/one_server'

module Chaos
  module Nemeses
    # The server forgets everything, while it is up or by coming back without its disk.
    class DataLoss < Nemesis
      extend OneServer

      def act
        store.lose_data
        return 'all data lost' if random.rand(2).zero?

        store.stop(:KILL)
        store.start
        'SIGKILL of the server, which came back empty'
      end

      # With the records goes the knowledge of what was done: each process does what it has not done itself.
      def costs = { 'at_most_once' => %i[lost duplicate], 'at_least_once' => %i[duplicate] }

      def rests = 2.0..5.0
    end
  end
end
