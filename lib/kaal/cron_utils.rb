# frozen_string_literal: true

module Kaal
  # Checking and normalising cron expressions.
  module CronUtils
    # The macros that {valid?} takes: those of the gem kaal.
    MACROS = %w[@yearly @annually @monthly @weekly @daily @midnight @hourly].freeze

    module_function

    # Whether the expression is valid by Kaal's rule: five fields or one of its macros, with no time
    # zone. The scheduler understands more: seconds, zones, @noon.
    #
    # @param expression [Object] what is no expression at all is not valid either
    # @param seconds [Boolean] whether six fields are taken too
    # @return [Boolean]
    def valid?(expression, seconds: false)
      words = Native.cron_words(text(expression))
      fields = seconds ? 5..6 : 5..5
      return false unless macro?(words) || (fields.cover?(words.size) && !words.first.start_with?('@'))

      cron = Cron.parse(expression, zone: 'UTC')
      !cron.named_zone
    rescue CronError
      false
    end

    # The macro that means the same, `0 0 * * *` => `@daily`; else the expression with single spaces.
    #
    # @param expression [String]
    # @return [String]
    # @raise [ArgumentError] when it is no expression
    def simplify(expression)
      Native.cron_macro(text(expression)) || text(expression).split.join(' ')
    end

    # What is wrong with the expression; where nothing is, what it does that one may not expect: days
    # that match either of two fields, times that a daylight-saving change skips or doubles, steps
    # that do not divide their range.
    #
    # Of daylight-saving changes nothing is said that the configuration's `dst` settles.
    #
    # @param expression [Object] what is no expression at all is wrong too
    # @param zone [String, Symbol, nil] as for {Cron.parse}
    # @return [Array<String>]
    def lint(expression, zone: nil)
      configuration = Kaal.configuration
      Native.lint_cron(text(expression), (zone || configuration.effective_time_zone)&.to_s, configuration.dst)
    rescue CronError => e
      [e.message]
    end

    # The text of an expression.
    #
    # @param expression [String, Symbol]
    # @return [String] in UTF-8
    # @raise [CronError] when it is none
    def text(expression)
      unless expression.is_a?(String) || expression.is_a?(Symbol)
        raise CronError, "cron expression must be a String, got #{expression.inspect}"
      end

      expression.to_s.encode(Encoding::UTF_8).tap do |text|
        raise CronError, 'cron expression is no valid UTF-8' unless text.valid_encoding?
      end
    rescue EncodingError => e
      raise CronError, "cron expression is no text: #{e.message}"
    end

    def macro?(words)
      words.size == 1 && MACROS.include?(words.first.downcase)
    end
    private_class_method :macro?
  end
end
