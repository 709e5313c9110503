# frozen_string_literal: true

require 'mariadb_server'

module Chaos
  module Stores
    # A MariaDB.
    class Mariadb < Store
      BACKENDS = %w[mariadb mariadb-table].freeze

      def initialize(backend)
        super
        @server = MariadbServer.new
      end
    end
  end
end
