# frozen_string_literal: true

module Kaal
  module CLI
    # `kaal status`.
    class Status
      COLUMNS = ['JOB', 'CRON', 'NEXT', 'LAST DISPATCHED', 'LATE'].freeze
      private_constant :COLUMNS

      # @param output [Output]
      # @param max_late [Numeric, nil] how late a job may be, in seconds; nil: that is not judged
      # @param defined [Array<String>] the keys of the jobs that the app defines, stored or not
      def initialize(output, max_late, defined)
        @output = output
        @max_late = max_late
        @defined = defined
      end

      # @return [Integer] the exit code
      # @raise [ConfigurationError] when lateness is to be judged and dispatches are not logged
      # @raise [Backend::StoreError] when the store fails
      def call
        check
        @jobs = Kaal.job_statuses
        @delayed_jobs = Kaal.delayed_job_counts
        @output.report(data) { text }
        late.each { |job| warn "kaal: job #{job.key} is #{job.late.round} s late" }
        late.empty? ? DONE : FOUND
      end

      private

      def check
        return if @max_late.nil?
        raise ArgumentError, "--max-late must be at least 0, is #{@max_late}" if @max_late.negative?
        return if Kaal.configuration.enable_log_dispatch_registry && Kaal.dispatch_log_registry

        raise ConfigurationError, '--max-late needs enable_log_dispatch_registry: nothing else tells what has run'
      end

      # Of a job without a callback here nobody knows whether anybody shall run it.
      def late
        return [] unless @max_late

        @late ||= @jobs.select { |job| job.callback && job.late && job.late > @max_late }
      end

      def data
        { version: VERSION, settings: Kaal.configuration.to_h.except(:logger), late: late.map(&:key), jobs: @jobs,
          not_stored: not_stored, delayed_jobs: @delayed_jobs }
      end

      def text
        head = ["Kaal v#{VERSION}", *SettingLines.of(Kaal.configuration), *Delayed.lines(@delayed_jobs),
                "Jobs: #{@jobs.size}"]
        head << "Not stored yet: #{not_stored.join(', ')}; `kaal start` does that" if not_stored.any?
        @jobs.empty? ? head : head + Output.table([COLUMNS, *rows])
      end

      # Of which there is nothing to tell.
      def not_stored
        @defined - @jobs.map(&:key)
      end

      def rows
        @jobs.map { |job| [job.key, job.cron, upcoming(job), Output.time(job.last_dispatched), lateness(job)] }
      end

      def upcoming(job)
        return job.error if job.error

        job.enabled ? Output.time(job.next_time) : 'disabled'
      end

      def lateness(job)
        late = job.late ? "#{job.late.round} s" : '-'
        job.callback ? late : "#{late} (no callback here)"
      end
    end
    private_constant :Status
  end
end
