# frozen_string_literal: true

module Chaos
  # Of a nemesis that harms the one server of a store, or the way to it.
  module OneServer
    BACKENDS = %w[redis postgres postgres-table mariadb mariadb-table].freeze

    def suits?(backend) = BACKENDS.include?(backend)
  end
end
