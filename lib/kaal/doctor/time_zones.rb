# frozen_string_literal: true

module Kaal
  class Doctor
    # Whether all jobs have times: their expressions, and the zones that these are in, are known.
    class TimeZones
      def initialize(configuration)
        @configuration = configuration
      end

      # @return [Array<Finding>]
      def findings
        Definitions.read(@configuration).filter_map { |definition| finding(definition) if definition[:enabled] }
      end

      private

      def finding(definition)
        JobSchedule.of(definition, @configuration)
        nil
      rescue CronError => e
        Finding.new('time zones', "job #{definition[:key]} never runs: #{e.message}",
                    'register it with an expression and a zone that are known (kaal next "…" --zone …)')
      end
    end
    private_constant :TimeZones
  end
end
