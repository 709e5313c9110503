# frozen_string_literal: true

module Kaal
  class ActiveRecordStore
    # Leases as rows of `kaal_locks`: owned by who has written `acquired_at`.
    module Leases
      # After so many acquired leases those that have ended are deleted, four times as many at most.
      SWEEP_EVERY = 64

      # One try at a lease. `repeated`: an earlier try with the token may have won unnoticed.
      Lease = Struct.new(:text, :token, :repeated) do
        def to_row
          [text, Native.time_text(token)]
        end
      end

      def acquire(key, ttl)
        acquire_many([key], ttl).first
      end

      def acquire_many(keys, ttl)
        ttl_ms = Native.ttl_ms(ttl)
        trying(keys, ttl) do |leases|
          @access.write(transaction: sweep?(leases)) do |session|
            sweep(session, leases.size) if sweep?(leases)
            take(session, leases, ttl_ms)
          end
        end
      end

      def release(key)
        release_many([key]).first
      end

      def release_many(keys)
        tokens = @tries.take_held(keys)
        leases = keys.zip(tokens).filter_map { |key, token| Lease.new(Native.lease_text(key), token) if token }
        gone = leases.empty? ? [] : @access.write { |session| drop(session, leases) }
        tokens.each_with_index.map { |token, place| !token.nil? && gone.include?(Native.lease_text(keys[place])) }
      ensure
        @tries.keep(keys, tokens) if tokens && gone.nil?
      end

      private

      # Tries to win each key by the block, which gives the texts of those that are won. What is named
      # twice is won once. Where the block does not end, the next try has the same tokens.
      def trying(keys, ttl)
        Native.check_keys(keys)
        firsts = keys.uniq { |key| Native.lease_text(key) }
        return [] if firsts.empty?

        leases = begin_tries(firsts)
        won = yield leases
        answers = leases.map { |lease| won.include?(lease.text) }
        left = won.to_a
        keys.map { |key| !left.delete(Native.lease_text(key)).nil? }
      ensure
        @tries.note(firsts, leases.map(&:token), ttl, answers) if leases
      end

      def begin_tries(keys)
        keys.zip(@tries.begin(keys)).map { |key, (token, again)| Lease.new(Native.lease_text(key), token, again) }
      end

      # Takes the leases; gives the texts of those that are ours now.
      def take(session, leases, ttl_ms)
        by_novelty(leases) do |some, repeated|
          session.rows('insert_leases.sql', json(some), now_text(ttl_ms), now_text, repeated, table: 'kaal_locks')
        end.flatten
      end

      def drop(session, leases)
        session.rows('delete_leases.sql', json(leases)).flatten
      end

      # New tokens apart from those that may be in the table.
      def by_novelty(leases)
        leases.group_by(&:repeated).flat_map { |repeated, some| yield some, repeated ? 1 : 0 }
      end

      def json(leases)
        JSON.generate(leases.map(&:to_row))
      end

      # Tokens are random, so one in so many makes a sweep.
      def sweep?(leases)
        leases.size > 1 || (leases.first.token % SWEEP_EVERY).zero?
      end

      # In proportion to the leases that come.
      def sweep(session, coming)
        session.count('delete_ended_leases.sql', now_text, (coming + SWEEP_EVERY) * 4)
      end
    end
    private_constant :Leases
  end
end
