# frozen_string_literal: true

module Kaal
  module CronHumanizer
    # Seconds, minutes and hours in words. An empty list of values restricts nothing.
    class Times
      # So many times of the day are told one by one.
      MOST_TIMES = 4

      def initialize(fields, phrases)
        @seconds, @minutes, @hours = fields.values_at(:second, :minute, :hour)
        @phrases = phrases
      end

      # Whether it means an interval: then "every day" goes without saying.
      def interval?
        @hours.empty? || @minutes.empty? || times.size > MOST_TIMES
      end

      # @return [String, nil] nil when words would not be clear
      def to_s
        return seconds unless @seconds == [0] || (!interval? && @seconds.size == 1)
        return @phrases.phrase('at_time', time: @phrases.list(times)) unless interval?

        [minutes, during].all? ? "#{minutes} #{during}".strip : hourly
      end

      private

      def times
        @hours.product(@minutes, @seconds.empty? ? [0] : @seconds).map { |time| clock(*time) }
      end

      def clock(hour, minute, second = 0)
        format(second.zero? ? '%02d:%02d' : '%02d:%02d:%02d', hour, minute, second)
      end

      def seconds
        return unless @minutes.empty? && @hours.empty?

        every(@seconds, 60, 'second') || @phrases.values(@seconds, &:to_s)&.then do |seconds|
          @phrases.phrase('at_second', seconds: seconds)
        end
      end

      # The part about the minutes, where hours are but a frame.
      def minutes
        return every_hours if @minutes == [0] && (@hours.empty? || every(@hours, 24, 'hour'))

        every(@minutes, 60, 'minute') || (at_minutes('at_minute') if @hours.empty?)
      end

      def every_hours
        every(@hours, 24, 'hour')
      end

      # Between which times, where the hours are restricted and the minutes do not tell.
      def during
        return '' if @hours.empty?
        return of_every_nth_hour if every_hours
        return between(0, 59) if run?(@hours)

        @phrases.values(@hours, &:to_s)&.then { |hours| @phrases.phrase('during_hours', hours: hours) }
      end

      # Of minutes at the full hour `minutes` has said it.
      def of_every_nth_hour
        return '' if @minutes == [0]

        @phrases.phrase('of_every_nth_hour', nth: @phrases.text("ordinals.#{24 / @hours.size}"))
      end

      # Minutes of some hours.
      def hourly
        if @minutes.size == 1 && run?(@hours)
          return "#{@phrases.phrase('every_unit', unit: @phrases.text('time.hour'))} #{between(*@minutes, *@minutes)}"
        end

        hours = @phrases.values(@hours, &:to_s)
        at_minutes('at_minute_of_hour', hours: hours) if hours
      end

      def at_minutes(name, **values)
        minutes = @phrases.values(@minutes, &:to_s)
        @phrases.phrase(name, minutes: minutes, **values) if minutes
      end

      def between(first_minute, last_minute)
        first = clock(@hours.first, first_minute)
        @phrases.phrase('between_times', first: first, last: clock(@hours.last, last_minute))
      end

      def run?(values)
        values.size > 2 && values.last - values.first == values.size - 1
      end

      # "Every 5 minutes", where the step divides the range.
      def every(values, range, unit)
        return @phrases.phrase('every_unit', unit: @phrases.text("time.#{unit}")) if values.empty?

        step = range / values.size
        return unless step > 1 && values == (0...range).step(step).to_a && values.size > 1

        @phrases.phrase('every_interval', count: step, unit: @phrases.text("time.#{unit}s"))
      end
    end
    private_constant :Times
  end
end
