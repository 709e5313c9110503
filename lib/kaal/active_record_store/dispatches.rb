# frozen_string_literal: true

module Kaal
  class ActiveRecordStore
    # The dispatch log: rows of `kaal_dispatches`. Times are unix seconds.
    module Dispatches
      # How many rows are deleted at once, so that others get their turn.
      CHUNK = 1_000

      # Writes records, each in place of one of that run, all or none. The last of a run counts.
      #
      # @param records [Array<Hash>] `key fire_time dispatched_at node_id status`
      # @raise [ArgumentError] when a text is too long
      def log_many(records)
        records.each do |record|
          check_fits('job key', record[:key])
          check_fits('node id', record[:node_id])
        end
        rows = records.to_h { |record| [record.values_at(:key, :fire_time), row_of(record)] }.values
        return if rows.empty?

        @access.write do |session|
          session.rows('put_records.sql', JSON.generate(rows), now_text, table: 'kaal_dispatches')
        end
        nil
      end

      # @param filter [Hash] `namespace` and perhaps `key fire_time node_id status limit`
      # @return [Array<Hash>] newest fire time first
      def dispatches(filter)
        conditions, values = conditions(filter)
        order = 'ORDER BY fire_time DESC, id DESC'
        order += " LIMIT #{Integer(filter[:limit])}" if filter[:limit]
        sql = [Session::STATEMENTS[true]['find_records.sql'], conditions, order].join(' ')
        @access.read { |session| session.run(sql, values).rows }.map { |row| record_of(*row) }
      end

      # @return [Integer] how many
      def delete_dispatches_before(fire_time)
        deleted = 0
        loop do
          count = @access.write { |session| session.count('delete_records.sql', seconds_text(fire_time), CHUNK) }
          deleted += count
          return deleted if count < CHUNK
        end
      end

      private

      def conditions(filter)
        values = []
        bind = ->(value) { "?#{values.push(value).size}" }
        conditions = [
          ("key IN (#{bind[filter[:key]]}, #{bind["#{filter[:namespace]}:#{filter[:key]}"]})" if filter[:key]),
          ("fire_time = #{bind[seconds_text(filter[:fire_time])]}" if filter[:fire_time]),
          ("node_id = #{bind[filter[:node_id]]}" if filter[:node_id]),
          ("status = #{bind[filter[:status]]}" if filter[:status])
        ].compact.join(' AND ')
        [conditions.empty? ? '' : "WHERE #{conditions}", values]
      end

      def row_of(record)
        record => { key:, fire_time:, dispatched_at:, node_id:, status: }
        [key, seconds_text(fire_time), seconds_text(dispatched_at), node_id, status]
      end

      def record_of(key, fire_time, dispatched_at, node_id, status)
        {
          key: key, fire_time: Native.time_seconds(fire_time), dispatched_at: Native.time_seconds(dispatched_at),
          node_id: node_id, status: status
        }
      end
    end
    private_constant :Dispatches
  end
end
