# frozen_string_literal: true

module Kaal
  module CLI
    # `kaal explain`, `kaal next`.
    class Expressions
      # @param output [Output]
      def initialize(output)
        @output = output
      end

      # @raise [CronError] when it is no expression
      def explain(expression)
        words = Kaal.to_human(expression)
        @output.report({ expression: expression, canonical: Kaal.simplify(expression), words: words }) { words }
        DONE
      end

      # @param count [Integer]
      # @param zone [String, nil] nil: that of the configuration
      # @raise [CronError] when it is no expression, or there is no such zone
      def next(expression, count, zone)
        cron = Cron.parse(expression, zone: zone)
        times = cron.next_times(count)
        @output.report({ expression: expression, zone: cron.zone, times: times }) do
          times.map { |time| Output.time(time) }
        end
        DONE
      end
    end
    private_constant :Expressions
  end
end
