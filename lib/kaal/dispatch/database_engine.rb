# frozen_string_literal: true

module Kaal
  module Dispatch
    # The dispatch log in the table `kaal_dispatches`. Records are kept until {#cleanup} deletes them.
    class DatabaseEngine < Registry
      # @param database [Native::Database]
      # @param namespace [String, nil] before the keys of what Kaal 0.6 has logged
      # @api private
      def initialize(database, namespace: nil)
        super()
        @database = database
        @prefix = namespace
      end

      # @return [Hash] the record, with Times
      def log_dispatch(key, fire_time, node_id, status = 'dispatched')
        record = record(key, fire_time, node_id, status)
        @database.log_many([record])
        with_times(record)
      end

      def log_dispatches(runs, node_id, status = 'dispatched')
        @database.log_many(runs.map { |key, fire_time| record(key, fire_time, node_id, status) })
      end

      def find_dispatch(key, fire_time)
        find(key: key.to_s, fire_time: fire_time.to_i).first
      end

      # @return [Array<Hash>] newest fire time first
      def find_by_key(key)
        find(key: key.to_s)
      end

      # @return [Array<Hash>] newest fire time first
      def find_by_node(node_id)
        find(node_id: node_id.to_s)
      end

      # @return [Array<Hash>] newest fire time first
      def find_by_status(status)
        find(status: status.to_s)
      end

      # Deletes the records of runs from before the window.
      #
      # @param recovery_window [Numeric] seconds
      # @return [Integer] how many
      def cleanup(recovery_window: 86_400)
        @database.delete_dispatches_before((Time.now - recovery_window).to_i)
      end

      # How long a record is kept at least: until it is cleaned up.
      def ttl
        0
      end

      # Tables need none; it is here for those who ask every registry.
      def namespace
        ''
      end

      private

      def find(**filter)
        namespace = @prefix || Kaal.configuration.namespace
        @database.dispatches(filter.merge(namespace: namespace)).map { |record| with_times(record) }
      end
    end
  end
end
