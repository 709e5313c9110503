# frozen_string_literal: true

module Kaal
  module Backend
    # Open claims through the `eval` of a given Redis client: as the core keeps them, in the sorted set
    # `<namespace>:claims`.
    module ClientOpenClaims
      SCRIPTS = Native.redis_scripts.freeze
      private_constant :SCRIPTS

      # @return [Array<Array(String, Integer)>] runs whose lease has ended, longest ago first
      def ended_claims(namespace, skip, most)
        on_claims(:ended_claims, namespace, [skip, most]).map do |member|
          # A client may take the locale's encoding for that of the answer.
          key, _, fire_time = member.dup.force_encoding(Encoding::UTF_8).rpartition(':')
          [key, fire_time.to_i]
        end
      end

      # @param holder [Hash] `namespace node_id ttl`
      # @return [Array<Boolean>] which are open
      def renew_claims(runs, holder)
        extend_claims(runs, holder, 'renew')
      end

      # @param holder [Hash] `namespace node_id ttl`
      # @return [Array<Boolean>] which are the caller's now
      def take_over_claims(runs, holder)
        extend_claims(runs, holder, 'take over').tap do |taken|
          runs.zip(taken) { |run, is_ours| log_missing(run, holder) if is_ours }
        end
      end

      def close_claims(namespace, runs)
        on_claims(:close_claims, namespace, members(runs))
        nil
      end

      private

      # Its holder may have died between the claim and the record.
      def log_missing(run, holder)
        log = @log.call
        asking { log.log_dispatch(*run, holder[:node_id]) unless log.dispatched?(*run) }
      end

      def open_claim(run, terms)
        extend_claims([run], terms, 'open')
      end

      def extend_claims(runs, terms, purpose)
        answers = on_claims(:extend_claims, terms[:namespace], [Native.ttl_ms(terms[:ttl]), purpose, *members(runs)])
        answers.map { |answer| [1, '1', true].include?(answer) }
      end

      def on_claims(script, namespace, arguments)
        asking { @client.eval(SCRIPTS[script], keys: ["#{namespace}:claims"], argv: arguments) }
      end

      def members(runs)
        runs.map { |run| run.join(':') }
      end
    end
    private_constant :ClientOpenClaims
  end
end
