# frozen_string_literal: true

module Chaos
  module Nemeses
    # A replica becomes the master, after a crash of the master or because somebody wants it.
    class Failover < Nemesis
      def self.suits?(backend) = %w[redis-sentinel redis-cluster].include?(backend)

      def act = store.fail_over(crash: random.rand(2).zero?)

      def undo = store.mend

      # Replication is asynchronous: what the replica had not been told is not known any more.
      def costs = { 'at_most_once' => %i[lost duplicate], 'at_least_once' => %i[duplicate] }

      def rests = 3.0..6.0
    end
  end
end
