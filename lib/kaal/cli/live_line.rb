# frozen_string_literal: true

require_relative 'progress'

module Kaal
  module CLI
    # How things stand with a running scheduler, in one line: while it recovers missed runs a bar.
    class LiveLine
      # In seconds.
      DAY = 86_400
      private_constant :DAY

      # @param tally [Tally]
      def initialize(tally)
        @tally = tally
      end

      def to_s
        recovery = Kaal.recovery_progress
        recovery.nil? || recovery[:done] ? standing : recovering(recovery)
      end

      private

      def standing
        tally = @tally.to_h
        ["next run #{next_run}", "dispatched #{tally[:runs]}", "errors #{tally[:errors]}", lateness(tally)].join(' | ')
      end

      def next_run
        due = Kaal.coordinator.next_due_at
        return 'never' unless due

        seconds = [(due - Time.now).ceil, 0].max
        "#{due.strftime(seconds < DAY ? '%T' : '%F %T')} UTC in #{seconds} s"
      end

      def lateness(tally)
        return 'late -' unless tally[:late]

        "late #{milliseconds(tally[:late])}, at most #{milliseconds(tally[:latest])}"
      end

      def milliseconds(seconds)
        "#{(seconds * 1000).round} ms"
      end

      def recovering(recovery)
        left = recovery[:jobs_left]
        @bar ||= Progress.new('recovering', [left, 1].max)
        @jobs ||= left
        "#{@bar.at(@jobs - left)} #{recovery[:recovered]} runs"
      end
    end
    private_constant :LiveLine
  end
end
