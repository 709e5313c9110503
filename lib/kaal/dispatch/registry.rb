# frozen_string_literal: true

module Kaal
  module Dispatch
    # The dispatch log: which run was dispatched when and by whom. Subclasses keep it in a store.
    class Registry
      # Writes a record, in place of one of that run.
      #
      # @param fire_time [Time, Integer] unix seconds where it is an Integer
      # @param status [String] `dispatched` or `failed`
      def log_dispatch(_key, _fire_time, _node_id, _status = 'dispatched')
        raise NotImplementedError, "#{self.class} must implement log_dispatch"
      end

      # @return [Hash, nil] `key fire_time dispatched_at node_id status`
      def find_dispatch(_key, _fire_time)
        raise NotImplementedError, "#{self.class} must implement find_dispatch"
      end

      # Writes a record for each `[cron key, unix seconds]`.
      def log_dispatches(runs, node_id, status = 'dispatched')
        runs.each { |key, fire_time| log_dispatch(key, fire_time, node_id, status) }
      end

      def dispatched?(key, fire_time)
        !find_dispatch(key, fire_time).nil?
      end

      private

      def record(key, fire_time, node_id, status)
        {
          key: key.to_s, fire_time: fire_time.to_i, dispatched_at: Time.now.to_i,
          node_id: node_id.to_s, status: status.to_s
        }
      end

      def with_times(record)
        record&.merge(fire_time: Time.at(record[:fire_time]).utc, dispatched_at: Time.at(record[:dispatched_at]).utc)
      end
    end
  end
end
