# frozen_string_literal: true

require 'yaml'

module Kaal
  module CronHumanizer
    # Texts by their keys under `kaal.`: the app's through I18n where that is loaded and has them,
    # else those of the gem, in English if it has none of the locale.
    class Phrases
      LOCALES = File.expand_path('../../../config/locales', __dir__)
      # Seconds, the longest first.
      UNITS = { 'week' => 604_800, 'day' => 86_400, 'hour' => 3_600, 'minute' => 60, 'second' => 1 }.freeze
      # More than this is no longer clear in words.
      LONGEST_LIST = 7

      def initialize(locale)
        i18n = ::I18n.locale if defined?(::I18n)
        @locale = (locale || i18n || :en).to_s
        # What is no name of a locale is none of a file either.
        @locale = 'en' unless @locale.b.match?(/\A[\w-]+\z/)
      end

      def phrase(name, **values)
        text("phrases.#{name}", **values)
      end

      def text(key, **values)
        found = from_app(key) || own(@locale, key) || own('en', key)
        found = found.fetch(values[:count] == 1 ? :one : :other) if found.is_a?(Hash)
        format(found, **values)
      end

      # "Every 90 minutes": in the longest unit that it is a multiple of.
      def interval(seconds)
        unit, length = UNITS.find { |_unit, length| (seconds % length).zero? }
        count = seconds / length
        return phrase('every_unit', unit: text("time.#{unit}")) if count == 1

        phrase('every_interval', count: count, unit: text("time.#{unit}s"))
      end

      # `a, b and c`
      def list(items, word = 'and')
        return items.join if items.size < 2

        "#{items[0..-2].join(', ')} #{text(word)} #{items.last}"
      end

      # Values with runs of three and more as ranges; nil when that is too long for words.
      def values(values, &)
        runs = values.slice_when { |one, other| other != one + 1 }.flat_map do |run|
          names = run.map(&)
          next names if run.size < 3

          phrase('range', first: names.first, last: names.last)
        end
        list(runs) if runs.size <= LONGEST_LIST
      end

      # The texts that the gem has for a locale.
      def self.of(locale)
        @of ||= {}
        @of[locale] ||= begin
          file = File.join(LOCALES, "#{locale}.yml")
          (YAML.safe_load_file(file).dig(locale, 'kaal') if File.file?(file)) || {}
        end
      end

      private

      def from_app(key)
        return unless defined?(::I18n) && ::I18n.locale_available?(@locale)

        # As it stands, as nothing is given that could be filled in: that is done here.
        ::I18n.t("kaal.#{key}", locale: @locale, default: nil)
      end

      def own(locale, key)
        found = self.class.of(locale).dig(*key.split('.'))
        found.is_a?(Hash) ? found.transform_keys(&:to_sym) : found
      end
    end
    private_constant :Phrases
  end
end
