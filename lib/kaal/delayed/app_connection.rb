# frozen_string_literal: true

module Kaal
  module Delayed
    # Adds a job on a connection of the app's, as a part of the transaction that is open there: the job is there
    # if that is committed.
    class AppConnection
      include ColumnText

      COLUMNS = %i[job_id run_at job_class args queue created_at].freeze
      # Under which it is in the app's log.
      NAME = 'Kaal'
      # By what ActiveRecord calls its adapters.
      KINDS = { /postg/i => 'PostgreSQL', /mysql|trilogy/i => 'MySQL', /sqlite/i => 'SQLite' }.freeze
      private_constant :COLUMNS, :NAME, :KINDS

      # @param given [#quote, #connection] a connection of ActiveRecord's, or a class that has one
      # @param store_name [String] the kind of database that the jobs are in
      # @raise [ArgumentError] when it is neither, or to a database of another kind
      def initialize(given, store_name)
        @connection = given.respond_to?(:connection) && !given.respond_to?(:quote) ? given.connection : given
        unless %i[quote update adapter_name].all? { |method| @connection.respond_to?(method) }
          raise ArgumentError, "connection must be a connection of ActiveRecord's or a model, got #{given.class}"
        end

        _, @kind = KINDS.find { |name, _kind| name.match?(@connection.adapter_name) }
        return if @kind == store_name

        raise ArgumentError, "connection is to #{@connection.adapter_name}, the delayed jobs are in #{store_name}"
      end

      # @param row [Hash] as {Draft#to_row} gives it
      # @return [Boolean] false: one of that id is pending
      # @raise [ArgumentError] when the table has no room for it
      # @raise [Backend::StoreError] when the database fails
      def enqueue(row)
        %i[job_id job_class queue].each { |name| check_fits(name, row[name].to_s) }
        @connection.update(statement(row), NAME) == 1
      rescue ::ActiveRecord::RecordNotUnique
        false # MySQL: its transaction goes on
      rescue ::ActiveRecord::ActiveRecordError => e
        raise Backend::StoreError, e.message
      end

      private

      def statement(row)
        row = { **row, run_at: Native.time_text(row[:run_at]), created_at: Native.time_text(row[:created_at]) }
        values = row.values_at(*COLUMNS).map { |value| @connection.quote(value) }
        insert = "INSERT INTO kaal_delayed_jobs (#{COLUMNS.join(', ')}) VALUES (#{values.join(', ')})"
        # A transaction of PostgreSQL's does not survive a failed statement.
        @kind == 'MySQL' ? insert : "#{insert} ON CONFLICT DO NOTHING"
      end
    end
  end
end
