# frozen_string_literal: true

require_relative 'delayed_call'
require_relative 'delayed_notes'
require_relative 'lookout'
require_relative 'open_claims'
require_relative 'pace'

module Kaal
  class Coordinator
    # Takes delayed jobs that are due, and has them called. A job that is taken has a lease, which is renewed until
    # its claim is closed: if this process dies before, another takes the job.
    class DelayedJobs
      include Monotonic

      # How many jobs are taken at once.
      MOST = 1_000
      private_constant :MOST

      # @param clock [StoreClock]
      # @param workers [Workers]
      def initialize(configuration, clock, workers)
        @configuration = configuration
        @clock = clock
        @workers = workers
        @call = DelayedCall.new(configuration, clock)
        @notes = DelayedNotes.new(configuration, method(:store))
        @lookout = Lookout.new(configuration, clock)
        @pace = Pace.new(MOST)
        forget
      end

      # A job was enqueued here.
      #
      # @return [Boolean] whether to look sooner than is planned
      def expect(time)
        @lookout.expect(time)
      end

      # In how many seconds there is work; nil: none ever.
      def pause
        return 0.0 if @waiting.any? || @more

        @lookout.pause if store
      rescue *FAILURES
        @lookout.pause # the next step tells of it
      end

      # Looks whether jobs are due, if it is time, and dispatches a batch of them, or as many of it as fit into a
      # tick interval.
      #
      # @param now [Boolean] whether it is time in any case
      # @yieldreturn [Boolean] whether to stop
      # @return [Boolean] whether there is more to do
      def step(now: false, &stopped)
        return false unless store

        forget unless ours?
        # An interrupt comes while something waits or a class is called.
        Thread.handle_interrupt(Object => :on_blocking) { work(now, stopped) }
        ours? && (@more || @waiting.any?)
      rescue *FAILURES => e
        @more = false
        @lookout.failed(e)
        false
      end

      # Closes what is done.
      def flush
        @claims.flush if ours?
      end

      # When the first job is due; nil: there is none, or the store fails.
      #
      # @return [Time, nil]
      def next_due_at
        store&.next_due&.first
      rescue StandardError
        nil
      end

      # Leaves what is not called to others.
      def hand_over
        return unless ours?

        @waiting.clear
        @claims.hand_over
      end

      # As {#hand_over}; when nothing is called any more.
      def stop
        forget unless ours?
        @waiting.clear
        @claims.stop
      end

      private

      # What a forked child has of these is its parent's.
      def forget
        @pid = Process.pid
        @waiting = []
        @more = false
        @claims = OpenClaims.new(@configuration, method(:store))
      end

      def store
        backend = @configuration.backend
        backend.delayed_store if @configuration.enable_delayed_jobs && backend.respond_to?(:delayed_store)
      end

      def work(now, stopped)
        call_waiting(stopped)
        take_and_call(now, stopped) if ours? && @waiting.empty?
        flush
      end

      def take_and_call(now, stopped)
        return unless @more || @lookout.due?(store, now)

        take
        call_waiting(stopped)
      end

      # Else this is a child that a job has forked, or the app: what is held is the parent's.
      def ours?
        @pid == Process.pid
      end

      def take
        most = @pace.size(@configuration.lease_ttl)
        claimed_at = monotonic
        rows = store.take(@clock.now, most, @configuration.lease_ttl)
        @more = rows.size == most
        @lookout.taken(rows.any?)
        calls = rows.map { |row| Delayed::Call.of(row, claimed_at) }
        @claims.hold(calls) if calls.any?
        @waiting.concat(calls)
      rescue *FAILURES
        @pace.failed
        raise
      end

      # For a tick interval: crons must not wait until all are called.
      def call_waiting(stopped)
        leave_at = monotonic + @configuration.tick_interval
        until @waiting.empty? || !ours? || stopped.call
          @workers.call(-> { @waiting.shift }, &method(:call))
          break if monotonic >= leave_at
        end
      end

      def call(call)
        return unless noted?(call) && @claims.begin(call)

        started = monotonic
        @call.call(call) { |outcome, error| settle(call, outcome, error) }
        @pace.took(monotonic - started)
      end

      # Also where an interrupt comes the claim is this process's to call, or it has none.
      def noted?(call)
        noted = nil
        noted = @notes.before(call)
      ensure
        noted.nil? ? put_back(call) : (noted || @claims.forget(call))
      end

      # In a child that was forked within it nothing: the job is the parent's.
      def settle(call, outcome, error)
        return unless ours?

        case outcome
        when :returned then @claims.close(call, later: @waiting.any?)
        when :not_called then put_back(call)
        else @notes.after(call, outcome, error)
        end
      ensure
        @claims.forget(call) unless %i[returned not_called].include?(outcome)
      end

      def put_back(call)
        @claims.put_back(call)
        @waiting.unshift(call)
      end
    end
    private_constant :DelayedJobs
  end
end
