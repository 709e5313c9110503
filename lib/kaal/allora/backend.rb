# frozen_string_literal: true

module Kaal
  module Allora
    # Where the next run of each job is kept. Subclasses say which jobs run now: `reschedule(jobs)`.
    class Backend
      # @return [Hash, nil] as they were given
      attr_reader :options

      # @return [Logger, nil] which hears of jobs that do not say when they run
      # @api private
      attr_writer :logger

      # @param opts [Hash] what {#options} gives
      def initialize(opts = {})
        @options = opts
        @silent = {}
      end

      # Moves the next run of each job whose time has come.
      #
      # @param _jobs [Hash{String => Job}]
      # @return [Hash{String => Job}] those that are to run now, by this node
      # @raise [NotImplementedError] here
      def reschedule(_jobs)
        raise NotImplementedError, "#{self.class} must implement reschedule(jobs)"
      end

      private

      # When each job runs after a time; one that does not say so is left out, and told of once.
      #
      # @return [Hash{String => Integer}] unix seconds
      def next_runs(jobs, from)
        jobs.transform_values { |job| next_run(job, from) }.tap { forgive(jobs) }
      rescue StandardError, NotImplementedError
        jobs.to_h { |name, job| [name, next_run_or_word(name, job, from)] }.compact
      end

      # They have said it.
      def forgive(jobs)
        @silent.delete_if { |name, _| jobs.key?(name) } unless @silent.empty?
      end

      def next_run_or_word(name, job, from)
        next_run(job, from)
      rescue StandardError, NotImplementedError => e
        @logger&.error("[Allora] job #{name} is left out: #{e.class}: #{e.message}") unless @silent[name]
        @silent[name] = true
        nil
      end

      def next_run(job, from)
        time = job.next_at(from)
        time ? time.to_i : raise(TypeError, "next_at must give a Time, gave #{time.inspect}")
      end
    end
  end
end
