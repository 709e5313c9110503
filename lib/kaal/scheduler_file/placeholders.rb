# frozen_string_literal: true

module Kaal
  module SchedulerFile
    # What the arguments of a job may name of a run: `{{fire_time.unix}}`.
    module Placeholders
      VALUES = {
        'fire_time.iso8601' => ->(run) { run.fetch(:fire_time).iso8601 },
        'fire_time.unix' => ->(run) { run.fetch(:fire_time).to_i },
        'idempotency_key' => ->(run) { run.fetch(:idempotency_key).dup },
        'key' => ->(run) { run.fetch(:key).dup }
      }.freeze
      TOKEN = /\{\{(.*?)\}\}/m
      WHOLE = /\A\{\{\s*([\w.]+)\s*\}\}\z/
      # With no more of the text than tells which it is.
      UNCLOSED = /\{\{.{0,20}/m
      # A name whose opening braces are missing; other closing braces may be those of JSON.
      UNOPENED = /\b(?:#{Regexp.union(VALUES.keys).source})\s*\}\}/
      private_constant :VALUES, :TOKEN, :WHOLE, :UNCLOSED, :UNOPENED

      module_function

      # @raise [ArgumentError] when a placeholder is none of these, or stands in the key of a mapping
      def check(value)
        case value
        when Hash then check_mapping(value)
        when Array then value.each { |one| check(one) }
        when String then check_text(value)
        end
      end

      # A copy in which the values stand.
      #
      # @param run [Hash] `key`, `fire_time` (a UTC Time) and `idempotency_key`
      def fill(value, run)
        case value
        when Hash then value.transform_values { |one| fill(one, run) }
        when Array then value.map { |one| fill(one, run) }
        when String then fill_text(value, run)
        else value
        end
      end

      def fill_text(text, run)
        whole = WHOLE.match(text)
        return VALUES.fetch(whole[1]).call(run) if whole

        text.gsub(TOKEN) { VALUES.fetch(Regexp.last_match(1).strip).call(run).to_s }
      end

      def check_mapping(mapping)
        mapping.each do |name, value|
          if name.is_a?(String) && (name.include?('{{') || UNOPENED.match?(name))
            raise ArgumentError, "a placeholder cannot be in the key of a mapping, as in #{name.inspect}"
          end

          check(value)
        end
      end

      def check_text(text)
        rest = text.gsub(TOKEN) do |token|
          check_name(token, Regexp.last_match(1).strip)
          ' '
        end
        malformed = rest[UNCLOSED] || rest[UNOPENED]
        raise ArgumentError, "malformed placeholder #{malformed.inspect}, write {{name}}" if malformed
      end

      def check_name(token, name)
        return if VALUES.key?(name)

        problem = name.match?(/\A[\w.]+\z/) ? 'unknown' : 'malformed'
        names = VALUES.keys.map { |known| "{{#{known}}}" }.join(', ')
        raise ArgumentError, "#{problem} placeholder #{token}, expected one of #{names}"
      end

      private_class_method :fill_text, :check_mapping, :check_text, :check_name
    end
  end
end
