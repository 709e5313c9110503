# frozen_string_literal: true

module Kaal
  class Coordinator
    # Takes over open claims whose lease has ended: the process that had them has died, or has left them.
    #
    # Looks at each tick, and works in batches on the scheduler's thread.
    class Takeover
      # How many claims are looked at at once.
      LOOK = 500
      private_constant :LOOK

      def initialize(configuration, jobs, dispatcher)
        @configuration = configuration
        @jobs = jobs
        @dispatcher = dispatcher
        @waiting = []
        @more = false
      end

      # In how many seconds there is work, beside that of each tick; nil: none.
      def pause
        0.0 if @waiting.any? || @more
      end

      # Takes one batch over and dispatches it.
      def step(timeline)
        return unless @jobs.at_least_once?

        look if @waiting.empty?
        runs = @waiting.shift(@dispatcher.batch)
        return if runs.empty? || @dispatcher.take_over(runs, timeline)

        @waiting = [] # the store fails; what is left is there at the next tick too
        @more = false
      end

      private

      # Skips what this process can't run: a job that is disabled, or that it has no callback for.
      def look
        skip = 0
        @more = false
        loop do
          ended = store.ended_claims(@configuration.namespace, skip, LOOK)
          @waiting, others = ended.partition { |key, _fire_time| @jobs.runs?(key) }
          gone = others.reject { |key, _fire_time| @jobs.defined?(key) }
          drop(gone)
          return if ended.size < LOOK
          break @more = true if @waiting.any?

          skip += others.size - gone.size
        end
      end

      # Of a job that is gone nobody will ever run these.
      def drop(runs)
        return if runs.empty?

        keys = runs.map(&:first).uniq.join(', ')
        @configuration.logger&.warn("[Kaal] #{runs.size} runs that were claimed and not done are given up, for their " \
                                    "jobs are gone: #{keys}")
        store.close_claims(@configuration.namespace, runs)
      end

      def store
        @configuration.backend.open_claims
      end
    end
    private_constant :Takeover
  end
end
