# frozen_string_literal: true

module Kaal
  module Queue
    # Has a delegate perform jobs that were taken, and notes what came of each.
    class Performer
      # A job of the native queue: `token` is the fencing token, `attempt` counts from 1.
      Taken = Struct.new(:id, :token, :attempt, :payload)
      private_constant :Taken

      # What is the job's own failure: whatever it raises, for a worker that it ended would be followed by all others,
      # as the job goes back. Thread#kill raises nothing.
      module OfItsOwn
        # How a task is stopped, and a Timeout around the worker ends it.
        ENDS = %w[Async::Stop Async::Cancel Timeout::ExitException].freeze
        private_constant :ENDS

        # Not what ends the worker: these, and a signal that the main thread gets.
        def self.===(error)
          return Thread.current != Thread.main if error.is_a?(SignalException)

          error.class.ancestors.none? { |ancestor| ENDS.include?(ancestor.name) }
        end
      end
      private_constant :OfItsOwn

      # @param queue [Native::Queue]
      # @param delegate [#call]
      # @param prefix [String] of the queue
      # @param coder [#load]
      def initialize(queue, delegate, prefix, coder)
        @queue = queue
        @delegate = delegate
        @prefix = prefix
        @coder = coder
      end

      # @param job [Array] id, token, attempt and payload
      def call(job)
        taken = Taken.new(*job)
        settled = false
        outcome = attempt(taken)
        settled = true
        outcome.call
      ensure
        @queue.give_back(taken.id, taken.token) unless settled
      end

      private

      # @return [#call] which notes what came of it
      def attempt(taken)
        job = @coder.load(taken.payload)
      rescue OfItsOwn => e
        -> { bury(taken, "its payload cannot be read: #{reason(e)}", e) }
      else
        perform(job, taken)
      end

      def perform(job, taken)
        payload = { prefix: @prefix, id: taken.id, attempt: taken.attempt, token: taken.token }
        Events.tell('perform', payload) do
          Thread.handle_interrupt(Object => :immediate) { @delegate.call(job) }
        end
        -> { lost(taken) unless @queue.done(taken.id, taken.token) }
      rescue OfItsOwn => e
        -> { e.is_a?(Fatal) ? bury(taken, reason(e), e) : failed(taken, e) }
      end

      def failed(taken, error)
        case @queue.failed(taken.id, taken.token, taken.attempt, reason(error))
        when :retry then report(taken, "failed, attempt #{taken.attempt}, and is tried again", error)
        when :dead then died(taken, "failed, attempt #{taken.attempt} was the last", reason(error), error)
        else lost(taken)
        end
      end

      def bury(taken, why, error)
        return lost(taken) unless @queue.bury(taken.id, taken.token, why)

        died(taken, 'is not tried again', why, error)
      end

      def died(taken, what, why, error)
        Events.tell('dead', { prefix: @prefix, id: taken.id, reason: why }) { nil }
        report(taken, what, error)
      end

      def report(taken, what, error)
        Report.error(Kaal.configuration, "job #{taken.id} of queue #{@prefix} #{what}: #{error.class}", error,
                     queue: @prefix, id: taken.id, attempt: taken.attempt)
      end

      def lost(taken)
        Events.tell('lost', { prefix: @prefix, id: taken.id }) { nil }
        Kaal.logger&.warn("[Kaal] queue #{@prefix}: job #{taken.id} ended after it had gone to another server")
      end

      # What Redis keeps of it: valid UTF-8, of so many characters at most.
      def reason(error)
        (+"#{error.class}: #{error.message}").force_encoding(Encoding::UTF_8).scrub[0, 1_000]
      end
    end
    private_constant :Performer
  end
end
