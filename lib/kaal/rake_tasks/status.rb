# frozen_string_literal: true

module Kaal
  module RakeTasks
    # What `kaal:status` prints.
    class Status
      # @return [Array<String>]
      # @raise [SchedulerConfigError] when the scheduler file cannot be used
      # @raise [Backend::StoreError] when the store fails
      def lines
        # As at a start: the jobs of the file are among those that would run.
        Kaal.load_deferred_scheduler_file!
        settings + jobs(Kaal.registered)
      end

      private

      def settings
        [
          "Kaal v#{VERSION}", "Running: #{Kaal.running?}", "Tick interval: #{Kaal.tick_interval}s",
          "Window lookback: #{Kaal.window_lookback}s", "Window lookahead: #{Kaal.window_lookahead}s",
          "Lease TTL: #{Kaal.lease_ttl}s", "Namespace: #{Kaal.namespace}"
        ]
      end

      def jobs(entries)
        ["Registered jobs: #{entries.size}", *entries.map { |entry| "  - #{entry.key} (#{entry.cron})" }]
      end
    end
    private_constant :Status
  end
end
