# frozen_string_literal: true

require_relative 'monotonic'

module Kaal
  class Coordinator
    # The list of the open claims that a process holds, each by its run: cron key and fire time in unix
    # seconds.
    class HeldClaims
      include Monotonic

      # How often a lease is renewed before it would end.
      RENEWALS = 3.0
      # How soon what has failed is tried again: that part of a lease.
      AGAIN = 10.0
      # How long a claim may wait to be closed together with others, in seconds.
      TOGETHER = 0.05
      private_constant :RENEWALS, :AGAIN, :TOGETHER

      # Where a claim is kept, and for how many seconds each time: as the configuration was then.
      Home = Struct.new(:store, :namespace, :ttl)
      # A claim: until when it is surely ours by the clock here, whether its callback runs, and whether that
      # has returned.
      Held = Struct.new(:home, :until, :called, :done)
      private_constant :Held

      def initialize
        @mutex = Mutex.new
        @changed = ConditionVariable.new
        @held = {}
        @close_at = nil
      end

      def add(run, home, claimed_at)
        locked { @held[run] = Held.new(home, claimed_at + home.ttl, false, false) }
      end

      # Whether the callback may be called: nobody else can have taken the claim over.
      def begin(run)
        locked do
          held = @held[run]
          next held.called = true if held && monotonic < held.until

          @held.delete(run)
          false
        end
      end

      # The callback is to be called later.
      def put_back(run)
        locked { @held[run]&.called = false }
      end

      # The callback has returned.
      def done(run)
        locked { @held[run]&.done = true }
      end

      # What is done is to be closed soon, by who waits for what is due.
      def close_soon
        locked do
          next if @close_at

          @close_at = monotonic + TOGETHER
          @changed.broadcast
        end
      end

      def remove(runs)
        locked { runs.each { |run| @held.delete(run) } }
      end

      def include?(run)
        locked { @held.key?(run) }
      end

      def any?
        locked { @held.any? }
      end

      # Those whose callbacks have returned, by where they are kept.
      #
      # @return [Hash{Home => Array}]
      def all_done
        by_home(locked do
          @close_at = nil
          @held.select { |_run, held| held.done }
        end)
      end

      # Takes out those that are not called.
      #
      # @return [Hash{Home => Array}]
      def take_waiting
        by_home(locked do
          waiting, others = @held.partition { |_run, held| !held.called && !held.done }
          @held = others.to_h
          waiting
        end)
      end

      # Those to renew, when it is time for the first of them. What may be another's by now is left to him, unless
      # its callback runs already.
      #
      # @return [Hash{Home => Array}]
      def to_renew
        now = monotonic
        by_home(locked do
          next {} if @held.empty? || now < renew_at

          @held.select! { |_run, held| held.called || held.done || now < held.until }
          @held.reject { |_run, held| held.done }
        end)
      end

      def renewed(runs, renewed_at)
        locked do
          runs.each { |run| @held[run].until = renewed_at + @held[run].home.ttl if @held[run] }
        end
      end

      # Takes out what is not open any more.
      #
      # @return [Array] those whose callbacks run
      def lost(runs)
        locked { runs.select { |run| @held.delete(run)&.called } }
      end

      # Ends a wait, for it to look again.
      def wake
        locked { @changed.broadcast }
      end

      # Waits until leases are to be renewed or claims to be closed, or what has failed is to be tried again.
      #
      # @return [Boolean] false when there is nothing left; then what the block does is done before anything
      #   is added
      def wait_until_due(failed_at)
        @mutex.synchronize do
          until @held.empty?
            pause = due_at(failed_at.call) - monotonic
            return true unless pause.positive?

            @changed.wait(@mutex, pause)
          end
          yield
          false
        end
      end

      # No interrupt comes between the list and what it stands for.
      def locked(&)
        return yield if @mutex.owned?

        Thread.handle_interrupt(Object => :never) { @mutex.synchronize(&) }
      end

      private

      def due_at(failed_at)
        return failed_at + (@held.each_value.map { |held| held.home.ttl }.min / AGAIN) if failed_at

        [@close_at, renew_at].compact.min
      end

      def renew_at
        @held.each_value.map { |held| held.until - (held.home.ttl * (1 - (1 / RENEWALS))) }.min
      end

      def by_home(claims)
        claims.group_by { |_run, held| held.home }.transform_values { |some| some.map(&:first) }
      end
    end
    private_constant :HeldClaims
  end
end
