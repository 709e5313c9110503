# frozen_string_literal: true

module Kaal
  module Delayed
    # When a job is due, from whatever an app has for a time.
    module RunAt
      # What all databases can keep.
      YEARS = (1000..9999)
      private_constant :YEARS

      class << self
        # @param given [Time, Numeric, String, #to_time] unix seconds if a number, ISO 8601 if a text
        # @return [Time] in UTC, of whole microseconds
        # @raise [ArgumentError] when that is no time
        def of(given)
          time = time_of(given) || raise(ArgumentError, "at must be a time, got #{described(given)}")
          raise ArgumentError, "at must be in the years 1000 to 9999, is #{time.year}" unless YEARS.cover?(time.year)

          from_micros(to_micros(time))
        end

        def to_micros(time)
          (time.to_r * 1_000_000).round
        end

        def from_micros(micros)
          Time.at(0, micros, :microsecond).utc
        end

        private

        # ActiveSupport makes a time of any text, or nil.
        def time_of(given)
          case given
          when Time then given.getutc
          when Integer, Float, Rational then Time.at(given).utc
          when String then Time.iso8601(given.strip).utc
          else given.to_time&.getutc if given.respond_to?(:to_time)
          end
        rescue ArgumentError, RangeError
          nil
        end

        def described(given)
          hint = ', which is a duration: give from_now' if given.respond_to?(:from_now)
          "#{given.inspect.slice(0, 100)}#{hint || ' (a Time, unix seconds or ISO 8601 with a zone)'}"
        end
      end
    end
  end
end
