# frozen_string_literal: true

module Kaal
  # Jobs that run every so many seconds: what `every:` and `anchor:` say, and from when on a job's intervals
  # count. Stored as the expression `@every 900s`, which the gem kaal does not read.
  module Interval
    # What `missed:` is where an interval does not say: what was due while nothing ran runs once.
    MISSED = 'latest'

    # What is about the calendar.
    OF_CRON = %w[zone dst].freeze
    private_constant :OF_CRON

    module_function

    # The expression of a job, as it is stored.
    #
    # @param cron [String, Symbol, nil]
    # @param every [Numeric, String, Symbol, nil] seconds, an ActiveSupport::Duration, or a text such as `1h30m`
    # @raise [ArgumentError] when it is none, or both are given
    def expression(cron, every)
      raise ArgumentError, 'give cron: or every:, not both' unless cron.nil? || every.nil?

      text = every.nil? ? CronUtils.text(cron) : text(every)
      Native.canonical_interval(text) || text
    end

    # Whether an expression is an interval, be it a valid one or not.
    def one?(expression)
      expression.to_s.b.match?(/\A\s*@every\b/i)
    end

    # @param options [Hash{String => Object}] as {JobOptions.to_metadata} gives them
    # @raise [ArgumentError] when they do not go with the expression
    def check_options(expression, options)
      return refuse(options, ['anchor'], 'a cron expression: give every: instead') unless one?(expression)

      refuse(options, OF_CRON, 'an interval')
    end

    # From when on the intervals of a job count.
    #
    # @param definition [Hash]
    # @param options [Hash{String => Object}] of the job
    # @return [Array(Integer, Integer)] since when the job is as it is, and its anchor or nil, in unix seconds
    def start(definition, options)
      anchor = options['anchor']
      [JobSchedule.since(definition), anchor && Time.iso8601(anchor).to_i]
    end

    def text(every)
      return "@every #{every}" if every.is_a?(String) || every.is_a?(Symbol)

      whole = every.is_a?(Numeric) && every.real? && every.to_f.finite? && every.to_i == every
      return "@every #{every.to_i}s" if whole && every.positive?

      raise ArgumentError, "every must be a whole number of seconds from 1, or a text such as '1h30m', " \
                           "is #{every.inspect}"
    end

    def refuse(options, names, kind)
      wrong = options.keys & names
      raise ArgumentError, "#{wrong.join(' and ')} cannot be given with #{kind}" unless wrong.empty?
    end

    private_class_method :text, :refuse
  end
  private_constant :Interval
end
