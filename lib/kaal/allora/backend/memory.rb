# frozen_string_literal: true

module Kaal
  module Allora
    class Backend
      # For a single process, which begins anew when it starts.
      class Memory < Backend
        # @param opts [Hash] what {#options} gives
        def initialize(opts = {})
          super
          @next_runs = {}
          @last_run = nil
        end

        # @param jobs [Hash{String => Job}]
        # @return [Hash{String => Job}] those that are to run now
        # @see Backend#reschedule
        def reschedule(jobs)
          now = Time.now
          from = @last_run || now
          @last_run = now
          @next_runs = next_runs(jobs.reject { |name, _job| @next_runs.key?(name) }, from).merge!(@next_runs)
          due = jobs.select { |name, _job| @next_runs.key?(name) && @next_runs[name] <= now.to_i }
          moved = next_runs(due, now)
          @next_runs.merge!(moved)
          due.slice(*moved.keys)
        end
      end
    end
  end
end
