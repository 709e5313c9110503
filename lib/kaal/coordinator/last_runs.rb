# frozen_string_literal: true

require 'securerandom'

module Kaal
  class Coordinator
    # The last runs of jobs that run in intervals, as the store keeps them: a run of long ago, of which no
    # lease and no log may tell any more, is dispatched once.
    class LastRuns
      # How many claims are remembered whose last run could not be moved on.
      MOST_CLAIMED = 10_000
      private_constant :MOST_CLAIMED

      # @param jobs [JobSource] which knows whose last runs are kept
      def initialize(configuration, jobs)
        @configuration = configuration
        @jobs = jobs
        @name = SecureRandom.uuid
        @claimed = {}
      end

      # Claims runs, and moves the last runs of their jobs on. The claim comes first: were it the other way round,
      # a process that dies in between would have used up a run that nobody has claimed. A run whose claim is won,
      # and of which the store does not say whether it was moved on, is asked for again without another claim.
      #
      # @param runs [Array<Array(String, Integer)>] cron key and fire time in unix seconds
      # @yieldparam runs [Array<Array(String, Integer)>] those that are to be claimed
      # @yieldreturn [Array<Boolean, nil>] for each true (won), false (lost) or nil (unknown)
      # @return [Array<Boolean, nil>] likewise
      def claim(runs, &)
        return yield(runs) if runs.none? { |key, _fire_time| @jobs.remembered?(key) }

        answers = claim_once(room_for(runs), &)
        won = runs.select { |run| answers[run] }
        passed = pass_claimed(won)
        runs.map { |run| answers[run] ? passed[run] : answers[run] }
      end

      # Which of the runs may be called. One that may is the last of its job from now on; of those who ask for
      # it only one may, and may again.
      #
      # @param runs [Array<Array(String, Integer)>] cron key and fire time in unix seconds
      # @return [Array<Boolean, nil>] nil: unknown, the store failed
      def pass(runs)
        kept = runs.select { |key, _fire_time| @jobs.remembered?(key) }
        return Array.new(runs.size, true) if kept.empty?

        answers = kept.zip(advance(kept)).to_h
        runs.map { |run| answers.fetch(run, true) }
      end

      private

      # All, unless the store has no room for last runs: a claim would then be used up in vain. Asked until it has,
      # with a run that is before any other.
      def room_for(runs)
        intervals = @configuration.backend.intervals
        return runs if @found.equal?(intervals)

        others, kept = runs.partition { |key, _fire_time| !@jobs.remembered?(key) }
        return others if advance([[kept.first.first, 0]]).empty?

        @found = intervals
        runs
      end

      # @return [Hash{Array(String, Integer) => Boolean, nil}]
      def claim_once(runs)
        mine = runs.select { |run| claimed.key?(run) && @jobs.remembered?(run.first) }
        answers = mine.to_h { |run| [run, true] }
        asked = runs - answers.keys
        answers.merge!(asked.zip(yield(asked)).to_h) unless asked.empty?
        answers
      end

      # What its parent has claimed is not a child's.
      def claimed
        @claimed = {} if @holder != holder
        @holder = holder
        @claimed
      end

      # They are remembered first: an interrupt may come before the answer.
      #
      # @return [Hash{Array(String, Integer) => Boolean, nil}]
      def pass_claimed(runs)
        runs.each { |run| claimed.store(run, true) if @jobs.remembered?(run.first) }
        claimed.shift while claimed.size > MOST_CLAIMED
        passed = runs.zip(pass(runs)).to_h
        passed.each { |run, answer| claimed.delete(run) unless answer.nil? }
      end

      def advance(runs)
        answers = @configuration.backend.intervals.advance_intervals(@configuration.namespace, holder, runs)
        @told = nil
        answers
      rescue *FAILURES => e
        tell(e)
        []
      end

      # Once, until it succeeds or fails of something else.
      def tell(error)
        return if @told == error.message

        @told = error.message
        Report.error(@configuration, 'asking for the last runs of intervals failed, trying again', error)
      end

      # A forked child is another.
      def holder
        "#{@name}:#{Process.pid}"
      end
    end
    private_constant :LastRuns
  end
end
