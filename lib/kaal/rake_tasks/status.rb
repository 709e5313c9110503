# frozen_string_literal: true

module Kaal
  module RakeTasks
    # What `kaal:status` prints.
    class Status
      # @return [Array<String>]
      # @raise [SchedulerConfigError] when the scheduler file cannot be used
      # @raise [Backend::StoreError] when the store fails
      def lines
        definitions = own.merge(stored).sort_by(&:first).map(&:last)
        settings + jobs(definitions) + mistakes + idle(definitions) + delayed_jobs
      end

      private

      # What code and scheduler file would define at a start; a look at it stores nothing.
      def own
        by_key(Kaal.discard_definitions.tap { |definitions| Kaal.read_deferred_scheduler_file(definitions) })
      end

      def stored
        by_key(Kaal.definition_registry)
      end

      def by_key(registry)
        registry.all_definitions.to_h { |definition| [definition[:key], definition] }
      end

      def settings
        ["Kaal v#{VERSION}", "Running: #{Kaal.running?}", *SettingLines.of(Kaal.configuration)]
      end

      def jobs(definitions)
        ["Registered jobs: #{definitions.size}", *definitions.map { |job| "  - #{job[:key]} (#{job[:cron]})" }]
      end

      def mistakes
        Kaal.validate.map { |message| "Wrong in the configuration: #{message}" }
      end

      # Those that are stored, and do not run where this process would be the scheduler.
      def idle(definitions)
        [
          list('Disabled', definitions.reject { |job| job[:enabled] }),
          list('Defined neither by code nor by the scheduler file of this app, so not run by it',
               definitions.reject { |job| Kaal.registry.registered?(job[:key]) })
        ].compact
      end

      def list(title, definitions)
        "#{title}: #{definitions.map { |job| job[:key] }.join(', ')}" if definitions.any?
      end

      def delayed_jobs
        Delayed.lines(Kaal.delayed_job_counts)
      end
    end
    private_constant :Status
  end
end
