# frozen_string_literal: true

module Kaal
  module Delayed
    # A job that this process is to dispatch. `id` names the claim, `attempt` says the how manyth call it is,
    # `claimed_at` is by the monotonic clock, `flaw` says why it cannot be read, `retaken` whether a call of before
    # may not have been noted.
    Call = Struct.new(:id, :job, :attempt, :flaw, :retaken, :claimed_at) do
      # @param row [Hash] as the stores give it
      def self.of(row, claimed_at)
        new(row[:id], row, row[:attempts] + 1, row[:flaw], row[:retaken], claimed_at)
      end

      def run_at
        RunAt.from_micros(job[:run_at])
      end

      # Calls the class.
      #
      # @raise [UnusableError] when there is no point in trying again
      # @raise [SchedulerConfigError] when this process has no such class
      def dispatch(configuration)
        raise UnusableError, flaw if flaw

        name = job[:job_class]
        unless AllowedClasses.allowed?(name, configuration)
          raise UnusableError, AllowedClasses.refusal(name, configuration)
        end

        AllowedClasses.find(name, configuration).enqueue(job[:queue], args, {})
      end

      def to_s
        "delayed job #{job[:job_id]} at #{run_at.iso8601}"
      end

      private

      def args
        args = JSON.parse(job[:args])
        args.is_a?(Array) ? args : raise(UnusableError, "args are no Array: #{job[:args].slice(0, 100)}")
      rescue JSON::ParserError
        raise UnusableError, "args are no JSON: #{job[:args].slice(0, 100)}"
      end
    end
  end
end
