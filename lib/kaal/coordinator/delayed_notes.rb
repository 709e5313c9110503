# frozen_string_literal: true

module Kaal
  class Coordinator
    # Notes calls of delayed jobs with their claims, and what came of them.
    class DelayedNotes
      # The longest pause before a job is tried again, in seconds.
      LONGEST = 600.0
      private_constant :LONGEST

      # @param store [#call] gives the store
      def initialize(configuration, store)
        @configuration = configuration
        @store = store
      end

      # A call that ends its process leaves no word. So where one may have been made the next is noted before, lest
      # there be no end of it. What is taken for the first time needs no note.
      #
      # @param call [Delayed::Call]
      # @return [Boolean] whether to call it; else another has it, or it is left to whoever takes it next
      def before(call)
        return true unless call.retaken && call.attempt <= @configuration.delayed_job_max_attempts

        @store.call.note_call(call.id, call.attempt, @configuration.lease_ttl)
      rescue *FAILURES => e
        Report.error(@configuration, "cannot note the call of #{call}: it is called when its lease has ended", e)
        false
      end

      # @param call [Delayed::Call]
      # @param outcome [Symbol] `:again`, `:failed`, or one of which there is nothing to note
      # @param error [String, nil] why it has failed
      def after(call, outcome, error)
        case outcome
        when :again then @store.call.put_off(call.id, pause(call), call.attempt)
        when :failed then @store.call.fail(call.id, error, calls(call))
        end
      rescue *FAILURES => e
        Report.error(@configuration, "cannot note what became of #{call}: it is tried again", e)
      end

      private

      # The pauses double, each up to a quarter longer, so that what failed together does not come together again.
      def pause(call)
        [2.0**(call.attempt - 1), LONGEST].min * (1 + (rand * 0.25))
      end

      # Not this one where there were too many before.
      def calls(call)
        [call.attempt, @configuration.delayed_job_max_attempts].min
      end
    end
    private_constant :DelayedNotes
  end
end
