# frozen_string_literal: true

require 'soak/gauges/tables'

module Soak
  module Gauges
    # A MariaDB that watches its locks.
    class Mariadb
      OTHERS = "FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND db = 'kaal_test'"
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
          'connections' => @server.rows("SELECT count(*) #{OTHERS}").dig(0, 0).to_i,
          'named locks' => @server.locks,
          **Tables.rows { |statement| @server.rows(statement) }
        }
      end

      def finish
        @server.stop
      end
    end
  end
end
