# frozen_string_literal: true

module Kaal
  module Dispatch
    # The dispatch log in the table `kaal_dispatches`. Records are kept until {#cleanup} deletes them.
    #
    # Where the table is in ActiveRecord's primary database, those who ask get {Kaal::CronDispatch} and
    # relations; what kaal-rs itself asks and writes needs neither.
    class DatabaseEngine < Registry
      # @param database [Native::Database, ActiveRecordStore] by default the app's, whatever its kind
      # @param namespace [String, nil] before the keys of what Kaal 0.6 has logged; `config.namespace` by
      #   default
      # @param models [Boolean] whether to answer with ActiveRecord's objects
      # @raise [ConfigurationError] when the app has no database that can be used
      def initialize(database = nil, namespace: nil, models: database.nil?)
        super()
        @database = database || AppDatabase.tables
        @prefix = namespace
        @models = models
      end

      # @param (see Registry#log_dispatch)
      # @return [Hash, CronDispatch] the record, with Times
      def log_dispatch(key, fire_time, node_id, status = 'dispatched')
        record = record(key, fire_time, node_id, status)
        @database.log_many([record])
        return with_times(record) unless @models

        # A transaction of the caller's may not see what another connection has just written.
        find_model(record[:key], record[:fire_time]) || Kaal::CronDispatch.new(with_times(record)).tap(&:readonly!)
      end

      # (see Registry#log_dispatches)
      def log_dispatches(runs, node_id, status = 'dispatched')
        now = Time.now.to_i # once: where the machine's clock is slow, it costs as much as the rest of a record
        @database.log_many(runs.map { |key, fire_time| record(key, fire_time, node_id, status, now) })
      end

      # @param (see Registry#find_dispatch)
      # @return [Hash, CronDispatch, nil]
      def find_dispatch(key, fire_time)
        @models ? find_model(key.to_s, fire_time.to_i) : find(key: key.to_s, fire_time: fire_time.to_i).first
      end

      # Asks no model, which would take a connection from the app.
      #
      # @param (see Registry#dispatched?)
      # @return [Boolean]
      def dispatched?(key, fire_time)
        !find(key: key.to_s, fire_time: fire_time.to_i).empty?
      end

      # @param key [String, Symbol] the job's
      # @param limit [Integer, nil] how many at most; nil: all
      # @return [Array<Hash>, ActiveRecord::Relation] newest fire time first
      def find_by_key(key, limit: nil)
        @models ? relation(key: keys(key.to_s)).limit(limit) : newest(find(key: key.to_s, limit: limit), limit)
      end

      # @param node_id [String] who dispatched
      # @return [Array<Hash>, ActiveRecord::Relation] newest fire time first
      def find_by_node(node_id)
        @models ? relation(node_id: node_id.to_s) : find(node_id: node_id.to_s)
      end

      # @param status [String] `dispatched` or `failed`
      # @return [Array<Hash>, ActiveRecord::Relation] newest fire time first
      def find_by_status(status)
        @models ? relation(status: status.to_s) : find(status: status.to_s)
      end

      # Deletes the records of runs from before the window.
      #
      # @param recovery_window [Numeric] seconds
      # @return [Integer] how many
      def cleanup(recovery_window: 86_400)
        @database.delete_dispatches_before((Time.now - recovery_window).to_i)
      end

      # How long a record is kept at least: until it is cleaned up.
      #
      # @return [Integer] seconds
      def ttl
        0
      end

      # Tables need none; it is here for those who ask every registry.
      #
      # @return [String]
      def namespace
        ''
      end

      private

      def find(**filter)
        @database.dispatches(filter.merge(namespace: prefix)).map { |record| with_times(record) }
      end

      # Stores in the core give all that there are.
      def newest(records, limit)
        limit ? records.first(limit) : records
      end

      def find_model(key, fire_time)
        Kaal::CronDispatch.uncached { relation(key: keys(key), fire_time: Time.at(fire_time).utc).first }
      end

      def relation(conditions)
        Kaal::CronDispatch.where(conditions).order(fire_time: :desc, id: :desc)
      end

      # As Kaal 0.2 and 0.6 write it.
      def keys(key)
        [key, "#{prefix}:#{key}"]
      end

      def prefix
        @prefix || Kaal.configuration.namespace
      end
    end
  end
end
