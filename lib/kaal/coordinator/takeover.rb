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
        return clear unless @jobs.at_least_once?

        look if @waiting.empty?
        runs = @waiting.shift(@dispatcher.batch).select { |run| ours?(run) }
        # While the store fails nothing more is asked of it: what is left is there at the next tick too.
        clear unless runs.empty? || @dispatcher.take_over(runs, timeline)
      rescue *FAILURES => e
        clear
        Report.error(@configuration, 'cannot look for claims that were left, trying again', e)
      end

      # Forgets what it has seen: it looks again at the next tick.
      def clear
        @waiting = []
        @more = false
      end

      private

      # Skips what this process can't run: a job that is disabled, or that it has no callback for.
      def look
        skip = 0
        @more = false
        loop do
          ended = store.ended_claims(@configuration.namespace, skip, LOOK)
          @waiting, others = ended.partition { |run| ours?(run) }
          dropped = drop(others.reject { |key, _fire_time| @jobs.defined?(key) })
          return if ended.size < LOOK
          break @more = true if @waiting.any?

          skip += others.size - dropped
        end
      end

      # What this process has itself, it has not left.
      def ours?(run)
        @jobs.runs?(run.first) && !@dispatcher.open?(run)
      end

      # Of a job that is gone nobody will ever run these. It is asked for anew: somebody may have defined it
      # since.
      #
      # @return [Integer] how many were given up
      def drop(runs)
        return 0 unless alone?

        runs = runs.reject { |key, _fire_time| Kaal.definition_registry.find_definition(key) }
        return 0 if runs.empty?

        keys = runs.map(&:first).uniq.join(', ')
        @configuration.logger&.warn("[Kaal] #{runs.size} runs that were claimed and not done are given up, for their " \
                                    "jobs are gone: #{keys}")
        store.close_claims(@configuration.namespace, runs)
        runs.size
      end

      # Whether all that share these claims share the definitions: in Redis these have a namespace of their own.
      def alone?
        ['', @configuration.namespace].include?(@configuration.backend.dispatch_registry.namespace)
      end

      def store
        @configuration.backend.open_claims
      end
    end
    private_constant :Takeover
  end
end
