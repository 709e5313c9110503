# frozen_string_literal: true

require 'soak/gauges/tables'

module Soak
  module Gauges
    # A PostgreSQL.
    class Postgres
      OTHERS = "FROM pg_stat_activity WHERE datname = 'kaal_test' AND pid <> pg_backend_pid()"
      private_constant :OTHERS

      def initialize(server)
        @server = server
      end

      def address
        @server.url
      end

      # @return [Hash{String => Integer}]
      def to_h(_pid)
        {
          'connections' => count("SELECT count(*) #{OTHERS}"),
          'connections in a transaction' => count("SELECT count(*) #{OTHERS} AND state LIKE 'idle in transaction%'"),
          'advisory locks' => @server.locks,
          **Tables.rows { |statement| @server.rows(statement) }
        }
      end

      def finish
        @server.stop
      end

      private

      def count(statement)
        @server.rows(statement).dig(0, 0).to_i
      end
    end
  end
end
