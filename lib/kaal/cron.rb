# frozen_string_literal: true

module Kaal
  # A cron expression in a time zone, or an interval such as `@every 15m`, frozen. Its times are UTC Times of
  # whole seconds.
  #
  #   cron = Kaal::Cron.parse('30 9 * * mon-fri', zone: 'Europe/Paris')
  #   cron.next_time                     # => 2026-11-23 08:30:00 UTC
  #   cron.match?(Time.utc(2026, 11, 23, 8, 30)) # => true
  class Cron
    # @!method next_time(from = Time.now)
    #   @param from [Time]
    #   @return [Time, nil] the first fire time after `from`; nil: there is none within 400 years
    # @!method previous_time(from = Time.now)
    #   @param from [Time]
    #   @return [Time, nil] the last fire time before `from`
    # @!method match?(time)
    #   @param time [Time]
    #   @return [Boolean] whether the second of `time` is a fire time
    # @!method to_cron_s
    #   @return [String] the expression in one form however it was written, with the zone that it names; what is
    #     parsed from it is equal, given the same zone and policy
    # @!method zone
    #   @return [String] the name of the time zone that it runs in
    # @!method named_zone
    #   @return [String, nil] the time zone that the expression itself names
    # @!method dst
    #   @return [Hash{Symbol => Symbol}] the policy, `{ gap:, overlap: }`
    # @!method seconds?
    #   @return [Boolean] whether it fires at other seconds than 0
    # @!method interval
    #   @return [Integer, nil] how many seconds an interval has; nil: it is none
    # @!method fields
    #   @return [Hash{Symbol => Array}] the values of the fields; an empty list restricts nothing, and an interval
    #     has none
    # @!method ==(other)
    #   @param other [Object]
    #   @return [Boolean] whether they fire alike, whoever named their zone
    # @!method hash
    #   @return [Integer] the same for those that fire alike

    # How many times are computed at once.
    BATCH = 1_000
    private_constant :BATCH

    # @param expression [String]
    # @param zone [String, nil] where the expression names none: this, else the configuration's
    #   `time_zone`, ENV TZ, Rails' Time.zone, the system's
    # @param dst [Hash, nil] `{ gap: :skip | :shift, overlap: :both | :first | :last }`, else the
    #   configuration's `dst`
    # @param since [Time, nil] an interval fires one interval after it; nil: after the time that is asked about
    # @param anchor [Time, nil] with `since`: a time that an interval fires at, and intervals after that
    # @return [Cron]
    # @raise [CronError] names field, offending text and what is allowed
    def self.parse(expression, zone: nil, dst: nil, since: nil, anchor: nil)
      configuration = Kaal.configuration
      Native.parse_cron(
        CronUtils.text(expression), (zone || configuration.effective_time_zone)&.to_s, dst || configuration.dst,
        since && [since.to_i, anchor&.to_i]
      )
    end

    # The fire times after `first` and up to `last`.
    #
    # @param first [Time]
    # @param last [Time]
    # @yieldparam time [Time]
    # @return [Enumerator, Cron] itself where a block is given
    def each_between(first, last, &block)
      return enum_for(:each_between, first, last) unless block

      loop do
        found = times(first, last, BATCH)
        found.each(&block)
        return self if found.size < BATCH

        first = found.last
      end
    end

    # The next fire times after `from`, `count` at most.
    #
    # @param count [Integer]
    # @param from [Time]
    # @return [Array<Time>]
    # @raise [ArgumentError] when the count is none
    def next_times(count, from = Time.now)
      number = Integer(count, exception: false)
      raise ArgumentError, "count must be a whole number, is #{count.inspect}" unless number
      raise ArgumentError, "count must not be negative, is #{number}" if number.negative?

      found = []
      # Between the batches other threads have their turn, and an interrupt ends it.
      until (wanted = [number - found.size, BATCH].min).zero?
        batch = times(found.last || from, nil, wanted)
        found.concat(batch)
        break if batch.size < wanted
      end
      found
    end

    alias eql? ==

    # A value that never changes needs no copy.
    #
    # @return [Cron] itself
    def dup
      self
    end

    # @param freeze [Boolean, nil]
    # @return [Cron] itself
    # @raise [ArgumentError] when the copy shall not be frozen
    def clone(freeze: true)
      raise ArgumentError, "can't unfreeze #{self.class}" if freeze == false

      self
    end

    # @return [String] as `to_cron_s`
    def to_s
      to_cron_s
    end

    # @return [String] the expression and its zone
    def inspect
      "#<#{self.class} #{to_cron_s.inspect}#{" in #{zone}" unless interval}>"
    end
  end
end
