# frozen_string_literal: true

module Kaal
  module CronHumanizer
    # Days and months in words. An empty list of values restricts nothing.
    class Days
      def initialize(fields, phrases)
        @fields = fields
        @phrases = phrases
      end

      # Whether words are clear: not for long lists, nor where an unusual weekday is a condition, nor
      # for other weeks than those that count from the first.
      def clear?
        return false if @fields[:every].any? { |_day, _weeks, offset| offset.positive? }

        days = @fields[:day]
        unusual = @fields[:nth] + @fields[:every]
        (days.empty? || !@phrases.values(days, &:to_s).nil?) && (unusual.empty? || !@fields[:both])
      end

      # @return [String, nil] nil when every day matches
      def to_s
        days = month_days
        weekdays = week_days
        return days || weekdays unless days && weekdays

        @fields[:both] ? "#{days} #{condition}" : "#{days} #{@phrases.text('or')} #{weekdays}"
      end

      # @return [String, nil] nil when every month matches
      def months
        months = @fields[:month]
        return if months.empty?

        name = ->(month) { @phrases.text("months.#{month}") }
        return @phrases.phrase('in_months', months: @phrases.values(months, &name)) unless run?(months)

        @phrases.phrase('month_range', first: name.call(months.first), last: name.call(months.last))
      end

      private

      def month_days
        days = @phrases.phrase('on_days', days: @phrases.values(@fields[:day], &:to_s)) unless @fields[:day].empty?
        parts = [*days, *@fields[:day_from_end].map { |number| from_end(number) }]
        @phrases.list(parts) unless parts.empty?
      end

      def from_end(number)
        return @phrases.phrase('last_day') if number == 1

        @phrases.phrase('before_last_day', count: number - 1)
      end

      def week_days
        parts = [*plain_weekdays, *nth_weekdays, *alternate_weekdays]
        @phrases.list(parts) unless parts.empty?
      end

      def plain_weekdays
        weekdays = @fields[:weekday]
        return if weekdays.empty?

        names = weekdays.map { |day| weekday(day) }
        return @phrases.phrase('weekday_range', first: names.first, last: names.last) if run?(weekdays)

        @phrases.phrase('every_weekday', weekdays: @phrases.list(names))
      end

      def nth_weekdays
        @fields[:nth].map do |day, number|
          @phrases.phrase('nth_weekday', nth: @phrases.text("nth.#{number}"), weekday: weekday(day))
        end
      end

      def alternate_weekdays
        @fields[:every].map do |day, weeks|
          @phrases.phrase('every_weeks', weekday: weekday(day), count: weeks)
        end
      end

      def condition
        weekdays = @phrases.list(@fields[:weekday].map { |day| weekday(day) }, 'or')
        @phrases.phrase('if_weekday', weekdays: weekdays)
      end

      def weekday(number)
        @phrases.text("weekdays.#{number}")
      end

      def run?(values)
        values.size > 2 && values.last - values.first == values.size - 1
      end
    end
    private_constant :Days
  end
end
