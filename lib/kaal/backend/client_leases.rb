# frozen_string_literal: true

require 'securerandom'
require_relative 'client_intervals'
require_relative 'client_open_claims'

module Kaal
  module Backend
    # Leases through the methods of a given Redis client, for clients that no connection of our own
    # can be derived from: pools, wrappers, test doubles.
    class ClientLeases
      include ClientOpenClaims
      include ClientIntervals

      # A table is swept when it has this many entries and doubles: amortised O(1) a lease.
      SMALLEST_TABLE = 64
      private_constant :SMALLEST_TABLE

      # A script has a key, so the client of a cluster knows where to send it.
      TIME = "return redis.call('TIME')"
      CLOCK = 'kaal:clock'
      private_constant :TIME, :CLOCK

      Held = Struct.new(:token, :until)
      private_constant :Held

      def initialize(client, log)
        @client = client
        @log = log
        @held = {}
        @told_time = false
        @sweep_at = SMALLEST_TABLE
        @mutex = Mutex.new
      end

      def acquire(key, ttl)
        Native.check_key(key)
        milliseconds = Native.ttl_ms(ttl)
        token = SecureRandom.uuid
        answer = asking { @client.set(key, token, nx: true, px: milliseconds) }
        won = ['OK', true].include?(answer)
        hold(key, token, milliseconds / 1000.0) if won
        won
      end

      def release(key)
        Native.check_key(key)
        held = @mutex.synchronize { @held[key.to_s] }
        return false unless held

        answer = asking { @client.eval(SCRIPTS[:release], keys: [key], argv: [held.token]) }
        @mutex.synchronize { @held.delete(key.to_s) if @held[key.to_s].equal?(held) }
        [1, '1', true].include?(answer)
      end

      # All or, when the client fails, none.
      def acquire_many(keys, ttl)
        Native.check_keys(keys)
        won = []
        keys.map { |key| acquire(key, ttl).tap { |is_won| won << key if is_won } }
      rescue StoreError
        give_back(won)
        raise
      end

      def release_many(keys)
        Native.check_keys(keys)
        keys.map { |key| release(key) }
      end

      # What was won before the client failed stays won; the answer for the rest is nil.
      def claim_many(runs, terms)
        answers = []
        runs.each { |key, fire_time| answers << claim(key, fire_time, terms) }
        answers
      rescue StoreError
        raise if answers.none?

        answers.fill(nil, answers.size...runs.size)
      end

      # @return [Float, nil] nil: the client has never told
      # @raise [StoreError] when it has, and fails now
      def store_time
        seconds, micros = asking { @client.eval(TIME, keys: [CLOCK], argv: []).map { |part| Integer(part) } }
        @told_time = true
        seconds + (micros / 1e6)
      rescue StoreError
        raise if @told_time
      end

      private

      # The log is read under the lease, so nobody else writes the record meanwhile.
      def claim(key, fire_time, terms)
        lock_key = Native.lock_key(terms[:namespace], key, fire_time)
        return false unless acquire(lock_key, terms[:ttl])

        !terms[:log_namespace] || log(lock_key, key, fire_time, terms)
      end

      def give_back(keys)
        release_many(keys)
      rescue StoreError
        nil # they end by their time
      end

      # An open claim is there before its record: of a run that has one and no claim nobody takes care.
      def log(lock_key, key, fire_time, terms)
        if asking { @log.call.dispatched?(key, fire_time) }
          release(lock_key)
          return false
        end

        open_claim([key, fire_time], terms) if terms[:open]
        asking { @log.call.log_dispatch(key, fire_time, terms[:node_id]) }
        true
      rescue StoreError
        give_back([lock_key])
        raise
      end

      def hold(key, token, seconds)
        now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
        @mutex.synchronize do
          @held[key.to_s] = Held.new(token, now + seconds)
          sweep(now) if @held.size >= @sweep_at
        end
      end

      def sweep(now)
        @held.delete_if { |_key, held| held.until <= now }
        @sweep_at = [SMALLEST_TABLE, @held.size * 2].max
      end

      def asking
        yield
      rescue StandardError => e
        raise StoreError, e.message
      end
    end
    private_constant :ClientLeases
  end
end
