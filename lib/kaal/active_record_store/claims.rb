# frozen_string_literal: true

module Kaal
  class ActiveRecordStore
    # Claims: lease and record in one transaction. Includers have {Leases}.
    module Claims
      # @param runs [Array<Array(String, Integer)>] cron key and fire time in unix seconds
      # @param terms [Hash] `namespace ttl` and, with the log on, `node_id dispatched_at`
      # @return [Array<Boolean>]
      def claim_many(runs, terms)
        keys = runs.map { |key, fire_time| Native.lock_key(terms[:namespace], key, fire_time) }
        return acquire_many(keys, terms[:ttl]) unless terms[:log_namespace]

        ttl_ms = Native.ttl_ms(terms[:ttl])
        by_text = keys.map { |key| Native.lease_text(key) }.zip(runs).to_h
        trying(keys, terms[:ttl]) do |leases|
          @access.write(transaction: true) { |session| claim(session, leases, ttl_ms, by_text, terms) }
        end
      end

      private

      # Leases that were won in vain are given back: the run has a record.
      def claim(session, leases, ttl_ms, runs, terms)
        sweep(session, leases.size)
        won = take(session, leases, ttl_ms)
        leased = leases.select { |lease| won.include?(lease.text) }
        claimed, vain = leased.partition(&recorded(session, leased, runs, terms))
        drop(session, vain) unless vain.empty?
        insert_claims(session, claimed.map { |lease| runs[lease.text] }, terms) if terms[:open] && claimed.any?
        claimed.map(&:text)
      end

      # Writes a record for each lease; gives the test whether it is ours.
      def recorded(session, leases, runs, terms)
        written = by_novelty(leases) do |some, repeated|
          rows = some.map { |lease| record_row(lease, *runs[lease.text], terms) }
          session.rows('insert_records.sql', JSON.generate(rows), now_text, repeated, table: 'kaal_dispatches')
        end
        ->(lease) { written.include?(run_row(*runs[lease.text])) }
      end

      # A try that was done without our learning of it is known by the fraction of the second.
      def record_row(lease, key, fire_time, terms)
        dispatched_at = Native.time_text((terms[:dispatched_at] * 1_000_000) + (lease.token % 1_000_000))
        [key, "#{terms[:namespace]}:#{key}", seconds_text(fire_time), dispatched_at, terms[:node_id], 'dispatched']
      end

      def run_row(key, fire_time)
        [key, seconds_text(fire_time)]
      end
    end
    private_constant :Claims
  end
end
