# frozen_string_literal: true

module Kaal
  module Queue
    # A server whose jobs the crew of a worker performs.
    class LaneServer < Server
      # @param crew [Crew]
      # @param rank [Integer] of the queue among those of the worker
      def initialize(delegate, client, crew, rank, **settings)
        super(delegate, client, **settings)
        @crew = crew
        @rank = rank
      end

      private

      def workers(queue)
        Lane.new(queue, @crew, @rank, performer(queue), Notices.new(queue, prefix))
      end
    end
    private_constant :LaneServer
  end
end
