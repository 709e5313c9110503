# frozen_string_literal: true

module Kaal
  class ActiveRecordStore
    # The core's statements on one connection of ActiveRecord's, for one piece of work.
    class Session
      # Under which they are in the app's log.
      NAME = 'Kaal'

      # On one line, for that log.
      plain = ->(sql) { sql.gsub(/^--.*$/, '').gsub(%r{/\*.*?\*/}, '').gsub(/\s+/, ' ').strip }

      STATEMENTS = [true, false].to_h do |has_times|
        [has_times, Native.sqlite_statements(has_times).transform_values(&plain).freeze]
      end.freeze

      SCHEMA = STATEMENTS[true]['schema.sql'].split(';').map(&:strip).freeze

      # @param shapes [Hash] which tables have `created_at` and `updated_at`, as far as is known
      def initialize(connection, shapes)
        @connection = connection
        @shapes = shapes
      end

      # @param table [String, nil] where the statement is another for tables without the times
      # @return [Array<Array>] the rows of the answer
      def rows(file, *values, table: nil)
        run(statement(file, table), values).rows
      end

      # @return [Integer] how many rows were changed
      def count(file, *values)
        @connection.exec_delete(*with_values(STATEMENTS[true].fetch(file), values))
      end

      # Past ActiveRecord's query cache.
      def run(sql, values = [])
        @connection.exec_query(*with_values(sql, values))
      end

      private

      def statement(file, table)
        STATEMENTS[table.nil? || times?(table)].fetch(file)
      end

      # Those of Kaal 0.6 have none. Of a table that is not there nothing is known.
      def times?(table)
        return @shapes[table] if @shapes.key?(table)

        columns = rows('columns.sql', table).flatten
        columns.empty? || (@shapes[table] = columns.include?('created_at'))
      end

      # Where ActiveRecord prepares no statements it takes no values either: they are written out.
      def with_values(sql, values)
        return [sql, NAME, values] if @connection.prepared_statements

        [sql.gsub(/\?(\d)/) { @connection.quote(values[Regexp.last_match(1).to_i - 1]) }, NAME]
      end
    end
    private_constant :Session
  end
end
