# frozen_string_literal: true

require_relative 'held_claims'

module Kaal
  class Coordinator
    # The open claims of this process: those of runs that it has claimed and whose callbacks have not
    # returned, where the job is to run at least once, or those of delayed jobs. A thread renews their leases;
    # it ends at the first round that finds none.
    #
    # A claim that is no longer held is not closed: another takes it over when its lease has ended.
    class OpenClaims
      include Monotonic

      # The shortest lease, in seconds: for one that ends now.
      NOTHING = 0.001
      private_constant :NOTHING

      # @param store [#call] gives what keeps the claims
      def initialize(configuration, store = -> { configuration.backend.open_claims })
        @configuration = configuration
        @store = store
        @held = HeldClaims.new
        @thread = nil
        @failed_at = nil
      end

      # Holds claims that were made or taken over.
      #
      # @param runs [Array<Claimed, Delayed::Call>]
      def hold(runs)
        home = HeldClaims::Home.new(@store.call, @configuration.namespace, @configuration.lease_ttl)
        @held.locked do
          runs.each { |run| @held.add(run.id, home, run.claimed_at) }
          @held.wake
          @thread = Thread.new { renew_while_held } unless @thread&.alive?
          @thread.name = 'kaal-claims'
        end
      rescue ThreadError => e
        named = runs.first(5).join(', ')
        Report.error(@configuration, "nobody renews the claims of #{named}, whose leases will end", e)
      end

      # Whether the callback may be called: nobody else can have taken the claim over.
      def begin(run)
        @held.begin(run.id)
      end

      # The callback is to be called later.
      def put_back(run)
        @held.put_back(run.id)
      end

      # The callback has returned. Should the store fail, the claim is closed later, if this process lives; the
      # next ones are then not waited for.
      #
      # @param later [Boolean] whether it may wait a moment, to be closed together with others
      def close(run, later: false)
        @held.done(run.id)
        return @held.close_soon if later

        close_done unless @failed_at
      rescue *FAILURES => e
        fails("cannot close the claim of #{run}, trying again", e)
        @held.wake
      end

      # Closes what was to be closed together with others.
      def flush
        close_done unless @failed_at
      rescue *FAILURES => e
        fails('cannot close claims, trying again', e)
        @held.wake
      end

      # Leaves a claim to whoever takes it over.
      def forget(run)
        @held.remove([run.id])
      end

      # Whether this process has it, so that nobody here need take it over.
      #
      # @param run [Array(String, Integer)]
      def held?(run)
        @held.include?(run)
      end

      # Leaves those that are not called to others, who need not wait for the ends of the leases.
      def hand_over
        @held.take_waiting.each { |home, runs| home.store.renew_claims(runs, holder(home, NOTHING)) }
      rescue *FAILURES => e
        Report.error(@configuration, 'cannot give open claims back, their leases will end', e)
      end

      # Hands over what is left, and ends the thread unless a callback still runs on another.
      def stop
        attempt('close') { close_done }
        hand_over
        @held.remove(@held.all_done.values.flatten(1))
        thread = @thread
        @held.wake
        thread&.join unless @held.any?
      end

      private

      def holder(home, ttl)
        { namespace: home.namespace, node_id: Socket.gethostname, ttl: ttl }
      end

      def renew_while_held
        Thread.handle_interrupt(Object => :immediate) do
          while @held.wait_until_due(-> { @failed_at }) { @thread = nil }
            done = [attempt('close') { close_done }, attempt('renew') { renew }]
            @failed_at = nil if done.all?
          end
        end
      end

      def attempt(what)
        yield
        true
      rescue *FAILURES => e
        fails("cannot #{what} open claims, trying again", e)
        false
      end

      def fails(message, error)
        @failed_at = monotonic
        Report.error(@configuration, message, error)
      rescue StandardError
        nil # a logger that raises must not end the renewing
      end

      def renew
        @held.to_renew.each do |home, runs|
          asked_at = monotonic
          answers = home.store.renew_claims(runs, holder(home, home.ttl))
          open, gone = runs.zip(answers).partition(&:last).map { |some| some.map(&:first) }
          @held.renewed(open, asked_at)
          @held.lost(gone).each { |key, _fire_time| warn_of_loss(key) }
        end
      end

      def warn_of_loss(key)
        @configuration.logger&.warn("[Kaal] the claim of #{key} is not open any more while its callback runs: " \
                                    'another has taken it over, or the store has lost it')
      end

      def close_done
        @held.all_done.each do |home, runs|
          home.store.close_claims(home.namespace, runs)
          @held.remove(runs)
        end
      end
    end
    private_constant :OpenClaims
  end
end
