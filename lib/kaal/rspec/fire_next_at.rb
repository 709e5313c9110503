# frozen_string_literal: true

require_relative 'matcher'

module Kaal
  module RSpec
    # `fire_next_at`: when a job or a cron expression fires next, from `Time.now` on.
    class FireNextAt < Matcher
      # @param time [Time]
      def initialize(time)
        super()
        @time = time.to_time
      end

      def matches?(actual)
        refuse(actual, 'the key of a job or a cron expression') unless actual.is_a?(String) || actual.is_a?(Symbol)

        @actual = actual
        @next = next_time
        @next == @time
      end

      def description
        "fire next at #{Wording.time(@time)}"
      end

      private

      def subject
        @actual.to_s
      end

      def next_time
        @definition = definition(@actual)
        return cron.next_time unless @definition

        cron.next_time if @definition[:enabled]
      end

      # As the scheduler reads it.
      def cron
        @definition ? JobSchedule.of(@definition) : Cron.parse(@actual)
      rescue CronError => e
        raise e if @definition

        raise ArgumentError, "#{@actual.inspect} is not the key of a job, and no cron expression: #{e.message}"
      end

      def found
        return "it fires next at #{Wording.time(@next)}" if @next

        @definition && !@definition[:enabled] ? 'it is disabled' : 'it never fires'
      end
    end
    private_constant :FireNextAt
  end
end
