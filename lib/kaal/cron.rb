# frozen_string_literal: true

module Kaal
  # A cron expression in a time zone, frozen. Its times are UTC Times of whole seconds.
  #
  #   cron = Kaal::Cron.parse('30 9 * * mon-fri', zone: 'Europe/Paris')
  #   cron.next_time                     # => 2026-11-23 08:30:00 UTC
  #   cron.match?(Time.utc(2026, 11, 23, 8, 30)) # => true
  #
  # Native methods:
  #
  # - `next_time(from = Time.now)`: the first fire time after `from`; nil when there is none within
  #   400 years.
  # - `previous_time(from = Time.now)`: the last fire time before `from`, or nil.
  # - `match?(time)`: whether the second of `time` is a fire time.
  # - `to_cron_s`: the expression in one form however it was written, with the zone that it names;
  #   what is parsed from it is equal, given the same zone and policy.
  # - `zone`: the name of the time zone that it runs in. `named_zone`: the one that the expression
  #   itself names, or nil. `dst`: the policy, `{ gap:, overlap: }`. `seconds?`: whether
  #   it fires at other seconds than 0. `fields`: the values of the fields; an empty list restricts
  #   nothing.
  # - `==`, `eql?`, `hash`: two are equal that fire alike, whoever named their zone.
  class Cron
    # How many times are computed at once.
    BATCH = 1_000
    private_constant :BATCH

    # @param expression [String]
    # @param zone [String, nil] where the expression names none: this, else the configuration's
    #   `time_zone`, ENV TZ, Rails' Time.zone, the system's
    # @param dst [Hash, nil] `{ gap: :skip | :shift, overlap: :both | :first | :last }`, else the
    #   configuration's `dst`
    # @return [Cron]
    # @raise [CronError] names field, offending text and what is allowed
    def self.parse(expression, zone: nil, dst: nil)
      configuration = Kaal.configuration
      Native.parse_cron(
        CronUtils.text(expression), (zone || configuration.effective_time_zone)&.to_s, dst || configuration.dst
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
    def dup
      self
    end

    # @raise [ArgumentError] when the copy shall not be frozen
    def clone(freeze: true)
      raise ArgumentError, "can't unfreeze #{self.class}" if freeze == false

      self
    end

    def to_s
      to_cron_s
    end

    def inspect
      "#<#{self.class} #{to_cron_s.inspect} in #{zone}>"
    end
  end
end
