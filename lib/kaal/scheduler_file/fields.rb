# frozen_string_literal: true

module Kaal
  module SchedulerFile
    # The fields of a job, each of the kind that it must be.
    class Fields
      # @param entry [Hash]
      def initialize(entry)
        @entry = entry
      end

      # @return [String] without white space around it
      # @raise [ArgumentError] when it is missing, blank or no text
      def text(name)
        raise ArgumentError, "#{name} is missing" unless @entry.key?(name)

        value = @entry[name]
        value = value.to_s if value.nil? || value.is_a?(Numeric)
        stripped(name, value)
      end

      # @return [String, nil] nil where it is missing or null
      # @raise [ArgumentError] when it is blank or no text
      def optional_text(name)
        stripped(name, @entry[name]) unless @entry[name].nil?
      end

      # Whether it is there and not null.
      def any?(name)
        !@entry[name].nil?
      end

      # @return [String, Numeric, nil] nil where it is missing or null
      # @raise [ArgumentError] when it is blank, or something else
      def text_or_number(name)
        @entry[name].is_a?(Numeric) ? @entry[name] : optional_text(name)
      end

      # @return [Array] empty where it is missing
      # @raise [ArgumentError] when it is something else
      def list(name)
        of_kind(Array, name, 'a list', [])
      end

      # @return [Hash] empty where it is missing
      # @raise [ArgumentError] when it is something else
      def mapping(name)
        of_kind(Hash, name, 'a mapping', {})
      end

      # @raise [ArgumentError] when it is something else
      def boolean(name, default)
        value = @entry.fetch(name, default)
        return value if [true, false].include?(value)

        raise ArgumentError, "#{name} must be true or false, is #{value.inspect}"
      end

      # @return [Hash{Symbol => Object}] those that are there
      def slice(names)
        @entry.slice(*names).transform_keys(&:to_sym)
      end

      private

      def stripped(name, value)
        raise ArgumentError, "#{name} must be a text, is #{value.inspect}" unless value.is_a?(String)
        raise ArgumentError, "#{name} is blank" if value.strip.empty?

        value.strip
      end

      def of_kind(kind, name, called, default)
        value = @entry.fetch(name, default)
        return value if value.is_a?(kind)

        raise ArgumentError, "#{name} must be #{called}, is #{SchedulerFile.kind(value)}"
      end
    end
  end
end
