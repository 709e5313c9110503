# frozen_string_literal: true

module Kaal
  class ActiveRecordStore
    # Open claims: rows of `kaal_claims`.
    module OpenClaims
      # @return [Array<Array(String, Integer)>] runs whose lease has ended, longest ago first
      def ended_claims(namespace, skip, most)
        @access.read { |session| runs_of(session.rows('ended_claims.sql', namespace, now_text, skip, most)) }
      end

      # @param holder [Hash] `namespace node_id ttl`
      # @return [Array<Boolean>] which are open
      def renew_claims(runs, holder)
        extend_claims(runs, holder, false)
      end

      # @param holder [Hash] `namespace node_id ttl`
      # @return [Array<Boolean>] which are the caller's now
      def take_over_claims(runs, holder)
        extend_claims(runs, holder, true)
      end

      def close_claims(namespace, runs)
        @access.write { |session| session.rows('close_claims.sql', namespace, runs_json(runs)) }
        nil
      end

      private

      # As part of a claim.
      def insert_claims(session, runs, terms)
        session.rows('open_claims.sql', *claim_values(runs, terms))
      end

      def extend_claims(runs, holder, take_over)
        values = claim_values(runs, holder) << (take_over ? 1 : 0)
        extended = @access.write { |session| runs_of(session.rows('extend_claims.sql', *values)) }
        runs.map { |run| extended.include?(run) }
      end

      def claim_values(runs, holder)
        ends = now_text(Native.ttl_ms(holder[:ttl]))
        [holder[:namespace], runs_json(runs), holder[:node_id], ends, now_text]
      end

      def runs_json(runs)
        JSON.generate(runs.map { |key, fire_time| [key, seconds_text(fire_time)] })
      end

      def runs_of(rows)
        rows.map { |key, fire_time| [key, Native.time_seconds(fire_time)] }
      end
    end
    private_constant :OpenClaims
  end
end
