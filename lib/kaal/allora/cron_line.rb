# frozen_string_literal: true

module Kaal
  module Allora
    # Allora's cron lines: five fields, or six with seconds first. Unlike those of {Kaal::Cron} they run in the
    # zone of the process, on days that match day-of-month and day-of-week both; names are for weekdays only,
    # `mon#1` to `mon#5` are the occurrences in the month, and ranges do not wrap.
    class CronLine
      WEEKDAYS = %w[sun mon tue wed thu fri sat].freeze
      ELEMENT = %r{\A(?:(?:\*|(?<first>\d+)-(?<last>\d+))(?:/\d+)?|\d+)\z}
      NTH = /\A[0-7]#[1-5]\z/
      private_constant :WEEKDAYS, :ELEMENT, :NTH

      # The line as it was given.
      #
      # @return [String]
      attr_reader :original

      # @param line [String]
      # @raise [ArgumentError] what is wrong, and what is allowed
      def initialize(line)
        @original = CronUtils.text(line)
        *fields, weekday = @original.split
        unless [4, 5].include?(fields.size)
          raise CronError, "cron line #{line.inspect} must have 5 fields (minute hour day-of-month month " \
                           'day-of-week), or 6 with seconds first'
        end

        @cron = read(fields.each { |field| check(field) }, weekday_numbers(weekday))
      end

      # The first time after `from` that it matches.
      #
      # @param from [Time]
      # @return [Time, nil] in the zone of the process
      def next_time(from = Time.now)
        @cron.next_time(from)&.getlocal
      end

      # @param time [Time]
      # @return [Boolean] whether it matches the second of `time`
      def matches?(time)
        @cron.match?(time)
      end

      private

      def read(fields, weekday)
        zone = EnvironmentZone.name if EnvironmentZone.set?
        Native.parse_cron([*fields, "#{weekday}&"].join(' '), zone, nil, nil)
      rescue CronError => e
        raise CronError, "cron line #{@original.inspect}: #{e.message}"
      end

      # Ranges and values are judged by those who read them.
      def check(field)
        field.split(',', -1).each do |element|
          next if (match = ELEMENT.match(element)) && match[:first].to_i <= match[:last].to_i

          raise CronError, "cron line #{@original.inspect}: #{element.inspect} must be *, a number, or a range from " \
                           'small to large, the last two perhaps with a step: 0-30/5'
        end
      end

      def weekday_numbers(field)
        numbers = field.gsub(/[a-z]+/i) { |name| WEEKDAYS.index(name.downcase) || name }
        check(numbers.split(',', -1).grep_v(NTH).join(','))
        numbers
      end
    end
  end
end
