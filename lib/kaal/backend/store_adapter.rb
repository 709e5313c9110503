# frozen_string_literal: true

module Kaal
  module Backend
    # What the built-in adapters share: leases from {#leases}, the dispatch log, and claims.
    # Subclasses give `leases`, `store_name`, `dispatch_registry` and `definition_registry`.
    class StoreAdapter < Adapter
      include DispatchLogging

      # How many keys of a batch a message names.
      NAMED_KEYS = 5
      private_constant :NAMED_KEYS

      # @param key [String, Symbol] 1 to 65,536 bytes, in any encoding
      # @param ttl [Numeric] seconds, above 0, rounded up to milliseconds; a Duration will do
      # @return [Boolean] false when it is held, also when by this process
      # @raise [ArgumentError, TypeError] when an argument cannot be used
      # @raise [LockAdapterError] when the store fails, or the dispatch log does: then the lock is
      #   given back
      def acquire(key, ttl)
        won = reporting('acquire', key) { leases.acquire(key, ttl) }
        log_or_release([key]) if won
        won
      end

      # Acquires many locks in one round trip.
      #
      # @param keys [Array<String, Symbol>]
      # @param ttl [Numeric] seconds
      # @return [Array<Boolean>] in the order of the keys
      def acquire_many(keys, ttl)
        won = reporting('acquire', keys) { leases.acquire_many(keys, ttl) }
        acquired = keys.zip(won).filter_map { |key, is_won| key if is_won }
        log_or_release(acquired) unless acquired.empty?
        won
      end

      # @param key [String, Symbol]
      # @return [Boolean] whether this instance held the lock
      # @raise [LockAdapterError] when the store fails
      def release(key)
        reporting('release', key) { leases.release(key) }
      end

      # Releases many locks in one round trip.
      #
      # @param keys [Array<String, Symbol>]
      # @return [Array<Boolean>] in the order of the keys
      def release_many(keys)
        reporting('release', keys) { leases.release_many(keys) }
      end

      # Claims runs of jobs: a lease each and, with the dispatch log on, a record that did not exist.
      #
      # @param runs [Array<Array(String, Integer)>] cron key and fire time in unix seconds
      # @return [Array<Boolean, nil>] in the order of the runs; nil where the store failed after
      #   others were won
      # @raise [LockAdapterError] when the store fails; what was won then is won again next time
      # @param open [Boolean] whether they stay open until they are closed, see {#open_claims}
      # @api private
      def claim_many(runs, configuration, open: false)
        terms = terms(configuration, open)
        reporting('acquire', runs) { leases.claim_many(runs, terms) }
      end

      # What knows which claims are open, by `ended_claims`, `renew_claims`, `take_over_claims` and
      # `close_claims`; nil: a subclass has an `acquire` of its own.
      #
      # @api private
      def open_claims
        leases if claims_many?
      end

      # What keeps the last runs of jobs that run in intervals, by `advance_intervals`.
      #
      # @api private
      def intervals
        leases
      end

      # Whether {#claim_many} does what {#acquire} does: a subclass may have its own.
      #
      # @api private
      def claims_many?
        method(:acquire).owner == StoreAdapter
      end

      # The time by the store's clock, in unix seconds; nil where it has none of its own.
      #
      # @raise [StoreError] when the store fails
      # @api private
      def store_time
        leases.store_time if leases.respond_to?(:store_time)
      end

      private

      def terms(configuration, open)
        terms = { namespace: configuration.namespace, ttl: configuration.lease_ttl }
        return terms unless configuration.enable_log_dispatch_registry

        terms.merge(
          log_namespace: dispatch_registry.namespace, log_ttl: dispatch_registry.ttl,
          node_id: Socket.gethostname, dispatched_at: Time.now.to_i, open: open
        )
      end

      # Whoever wins a lock that must be logged may only use it once it is.
      def log_or_release(keys)
        log_dispatch_attempts(keys)
      rescue StandardError => e
        begin
          leases.release_many(keys)
        rescue StoreError
          nil # it ends by its time
        end
        raise LockAdapterError,
              "#{store_name} acquire failed for #{printable(keys)}: cannot log the dispatch: #{e.message}"
      end

      def reporting(action, key)
        yield
      rescue StoreError => e
        raise LockAdapterError, "#{store_name} #{action} failed for #{printable(key)}: #{e.message}"
      end

      # Keys, or runs as keys and fire times. They may be in any encoding; messages are in UTF-8. Of many the
      # first are named.
      def printable(key)
        keys = Array(key)
        named = keys.first(NAMED_KEYS).map { |one| Array(one).join(':').force_encoding(Encoding::UTF_8).scrub }
        named = named.join(', ')
        keys.size > NAMED_KEYS ? "#{named} and #{keys.size - NAMED_KEYS} more" : named
      end
    end
    private_constant :StoreAdapter
  end
end
