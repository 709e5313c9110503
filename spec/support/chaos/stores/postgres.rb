# frozen_string_literal: true

require 'postgres_server'

module Chaos
  module Stores
    # A PostgreSQL. It does not wait for its disk: what ends here is its processes, never the machine.
    class Postgres < Store
      BACKENDS = %w[postgres postgres-table].freeze

      def initialize(backend)
        super
        @server = PostgresServer.new
      end
    end
  end
end
