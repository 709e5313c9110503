# frozen_string_literal: true

module Kaal
  # What the nodes know of runs.
  module Dispatch
    # The dispatch log: which run was dispatched when and by whom. Subclasses keep it in a store.
    class Registry
      # Writes a record, in place of one of that run.
      #
      # @param key [String, Symbol] the job's
      # @param node_id [String] who dispatched it
      # @param fire_time [Time, Integer] unix seconds where it is an Integer
      # @param status [String] `dispatched` or `failed`
      # @return [Hash] the record
      def log_dispatch(key, fire_time, node_id, status = 'dispatched')
        raise NotImplementedError, "#{self.class} must implement log_dispatch"
      end

      # @param key [String, Symbol] the job's
      # @param fire_time [Time, Integer] unix seconds where it is an Integer
      # @return [Hash, nil] `key fire_time dispatched_at node_id status`
      def find_dispatch(key, fire_time)
        raise NotImplementedError, "#{self.class} must implement find_dispatch"
      end

      # Writes a record for each `[cron key, unix seconds]`.
      #
      # @param runs [Array<Array(String, Integer)>] cron key and fire time in unix seconds
      # @param node_id [String] who dispatched them
      # @param status [String] `dispatched` or `failed`
      # @return [void]
      def log_dispatches(runs, node_id, status = 'dispatched')
        runs.each { |key, fire_time| log_dispatch(key, fire_time, node_id, status) }
      end

      # @param key [String, Symbol] the job's
      # @param fire_time [Time, Integer] unix seconds where it is an Integer
      # @return [Boolean] whether the run has a record
      def dispatched?(key, fire_time)
        !find_dispatch(key, fire_time).nil?
      end

      private

      def record(key, fire_time, node_id, status, dispatched_at = Time.now.to_i)
        {
          key: key.to_s, fire_time: fire_time.to_i, dispatched_at: dispatched_at,
          node_id: node_id.to_s, status: status.to_s
        }
      end

      def with_times(record)
        record&.merge(fire_time: Time.at(record[:fire_time]).utc, dispatched_at: Time.at(record[:dispatched_at]).utc)
      end
    end
  end
end
