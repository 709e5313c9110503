# frozen_string_literal: true

module Kaal
  class Doctor
    # On MySQL, whether two keys are the same only if their bytes are.
    class Collations
      # Those of MariaDB and of MySQL that compare bytes and do not take trailing spaces for nothing.
      BYTEWISE = %w[utf8mb4_nopad_bin utf8mb4_0900_bin binary].freeze
      TABLES = %w[kaal_locks kaal_dispatches kaal_definitions kaal_claims kaal_intervals].freeze
      STATEMENT = <<~SQL.freeze
        SELECT table_name, collation_name FROM information_schema.columns
        WHERE table_schema = DATABASE() AND column_name = 'key' AND collation_name IS NOT NULL
          AND table_name IN (#{TABLES.map { |name| "'#{name}'" }.join(', ')})
        ORDER BY table_name
      SQL
      private_constant :BYTEWISE, :TABLES, :STATEMENT

      def initialize(configuration)
        @backend = configuration.backend
      end

      # @return [Array<Finding>]
      # @raise [Driver::Unavailable]
      def findings
        return [] unless @backend.is_a?(Backend::MySQLAdapter)

        columns = Driver.rows(@backend, 'collations', STATEMENT)
        columns.reject { |_table, collation| BYTEWISE.include?(collation) }.map { |column| finding(*column) }
      end

      private

      def finding(table, collation)
        Finding.new('collations', "#{table}.key has the collation #{collation}, which takes some keys for the same, " \
                                  'such as "Job" and "job" or "job" and "job "',
                    "in a migration: change_column :#{table}, :key, :string, null: false, collation: " \
                    "'utf8mb4_nopad_bin' (MySQL 8: 'utf8mb4_0900_bin')")
      end
    end
    private_constant :Collations
  end
end
