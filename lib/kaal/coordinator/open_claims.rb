# frozen_string_literal: true

module Kaal
  class Coordinator
    # The open claims of this process: those of runs that it has claimed and whose callbacks have not
    # returned, where the job is to run at least once. A thread renews their leases; it ends at the first round
    # that finds none.
    #
    # A claim that is no longer held is not closed: another takes it over when its lease has ended.
    class OpenClaims
      # How often a lease is renewed before it would end.
      RENEWALS = 3.0
      # How soon a failed renewal is tried again: that part of a lease.
      AGAIN = 10.0
      # The shortest lease, in seconds: for one that ends now.
      NOTHING = 0.001
      private_constant :RENEWALS, :AGAIN, :NOTHING

      # A claim: until when it is surely ours by the monotonic clock, whether its callback runs, and
      # whether that has returned.
      Held = Struct.new(:until, :called, :done)
      private_constant :Held

      def initialize(configuration)
        @configuration = configuration
        @mutex = Mutex.new
        @changed = ConditionVariable.new
        @held = {}
        @thread = nil
      end

      # Holds a claim that was made or taken over.
      #
      # @param run [Claimed]
      def hold(run)
        @mutex.synchronize do
          @held[id(run)] = Held.new(run.claimed_at + @configuration.lease_ttl, false, false)
          @thread ||= Thread.new { renew_while_held }.tap { |thread| thread.name = 'kaal-claims' }
        end
      end

      # Whether the callback may be called: nobody else can have taken the claim over.
      def begin(run)
        @mutex.synchronize do
          held = @held[id(run)]
          next held.called = true if held && monotonic < held.until

          @held.delete(id(run))
          false
        end
      end

      # The callback has returned. Should the store fail, the claim is closed later, if this process lives.
      def close(run)
        @mutex.synchronize { @held[id(run)]&.done = true }
        close_done
      rescue *FAILURES => e
        Report.error(@configuration, "cannot close the claim of #{run}, trying again", e)
      end

      # Leaves a claim to whoever takes it over.
      def forget(run)
        @mutex.synchronize { @held.delete(id(run)) }
      end

      # Leaves all claims to others, who need not wait for the ends of the leases.
      def stop
        thread = @mutex.synchronize { @thread }
        return unless thread

        close_done
        hand_over
      rescue *FAILURES => e
        Report.error(@configuration, 'cannot give open claims back, their leases will end', e)
      ensure
        end_thread(thread) if thread
      end

      private

      def id(run)
        [run.key, run.fire_time]
      end

      def store
        @configuration.backend.open_claims
      end

      def holder(ttl)
        { namespace: @configuration.namespace, node_id: Socket.gethostname, ttl: ttl }
      end

      def renew_while_held
        failed = false
        while wait_for_next(failed)
          failed = false
          begin
            close_done
            renew
          rescue *FAILURES => e
            failed = true
            Report.error(@configuration, 'cannot renew open claims, trying again', e)
          end
        end
      end

      # @return [Boolean] false when there is nothing left to renew
      def wait_for_next(failed)
        @mutex.synchronize do
          pause = @configuration.lease_ttl / (failed ? AGAIN : RENEWALS)
          @changed.wait(@mutex, pause) unless @held.empty?
          @thread = nil if @held.empty?
          !@held.empty?
        end
      end

      # What may be another's by now is not renewed, unless its callback runs already.
      def renew
        now = monotonic
        runs = @mutex.synchronize { @held.select { |_run, held| held.called || now < held.until }.keys }
        return if runs.empty?

        answers = store.renew_claims(runs, holder(@configuration.lease_ttl))
        @mutex.synchronize { runs.zip(answers) { |run, open| renewed(run, open, now) } }
      end

      def renewed(run, open, now)
        return unless (held = @held[run])
        return held.until = now + @configuration.lease_ttl if open

        @held.delete(run)
        return unless held.called

        @configuration.logger&.warn("[Kaal] the claim of #{run.first} was taken over while its callback ran")
      end

      def close_done
        done = @mutex.synchronize { @held.select { |_run, held| held.done }.keys }
        return if done.empty?

        store.close_claims(@configuration.namespace, done)
        @mutex.synchronize { done.each { |run| @held.delete(run) } }
      end

      def hand_over
        runs = @mutex.synchronize { @held.keys.tap { @held.clear } }
        store.renew_claims(runs, holder(NOTHING)) unless runs.empty?
      end

      def end_thread(thread)
        @mutex.synchronize do
          @held.clear
          @changed.broadcast
        end
        thread.join
      end

      def monotonic
        Process.clock_gettime(Process::CLOCK_MONOTONIC)
      end
    end
    private_constant :OpenClaims
  end
end
