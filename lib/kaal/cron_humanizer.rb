# frozen_string_literal: true

require_relative 'cron_humanizer/phrases'
require_relative 'cron_humanizer/times'
require_relative 'cron_humanizer/days'

module Kaal
  # Cron expressions in words.
  module CronHumanizer
    MACRO_PHRASES = {
      '@yearly' => 'yearly', '@monthly' => 'monthly', '@weekly' => 'weekly', '@daily' => 'daily', '@hourly' => 'hourly'
    }.freeze
    private_constant :MACRO_PHRASES

    module_function

    # The expression in words: `At 09:00 every Monday`. What no phrase fits is
    # `Cron: <canonical expression>`.
    #
    # @param expression [String]
    # @param locale [Symbol, String, nil] nil: I18n's where it is loaded, else English
    # @return [String]
    # @raise [ArgumentError] when it is no expression
    def to_human(expression, locale: nil)
      cron = Cron.parse(expression, zone: 'UTC')
      phrases = Phrases.new(locale)
      words = sentence(cron, phrases) || phrases.phrase('cron_expression', expression: expanded(cron))
      [words, cron.named_zone && phrases.phrase('in_zone', zone: cron.named_zone)].compact.join(' ')
    end

    # The canonical expression with steps written out as lists, without the zone.
    def expanded(cron)
      words = cron.to_cron_s.delete_suffix(" #{cron.named_zone}").split
      minutes, hours = cron.fields.values_at(:minute, :hour)
      words[-5] = minutes.join(',') unless minutes.empty?
      words[-4] = hours.join(',') unless hours.empty?
      words.join(' ')
    end
    private_class_method :expanded

    def sentence(cron, phrases)
      return phrases.interval(cron.interval) if cron.interval

      name = Native.cron_macro(cron.to_cron_s)&.split&.first
      return phrases.phrase(MACRO_PHRASES.fetch(name)) if name

      fields = cron.fields
      times = Times.new(fields, phrases)
      days = Days.new(fields, phrases)
      words = times.to_s
      return unless words && days.clear?

      [words, days.to_s || (phrases.phrase('every_day') unless times.interval?), days.months].compact.join(' ')
    end
    private_class_method :sentence
  end
end
