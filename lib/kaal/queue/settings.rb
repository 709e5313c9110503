# frozen_string_literal: true

module Kaal
  module Queue
    # How a queue works, checked.
    class Settings
      DEFAULTS = {
        prefix: 'async-job', coder: Coder::DEFAULT, resolution: 10, lease: 10, max_attempts: 25, backoff: 1..3_600,
        max_payload: 32 * 1024 * 1024, hash_tag: false
      }.freeze
      private_constant :DEFAULTS

      attr_reader :coder

      # @param settings [Hash{Symbol => Object}] see {Client#initialize}
      # @raise [ArgumentError] what is wrong, and what is allowed
      def initialize(settings)
        unknown = settings.keys - DEFAULTS.keys
        raise ArgumentError, "unknown keyword#{'s' if unknown.size > 1}: #{unknown.map(&:inspect).join(', ')}" if
          unknown.any?

        @settings = DEFAULTS.merge(settings.compact)
        @coder = @settings[:coder]
        check
      end

      # What the names of all keys begin with.
      def prefix
        prefix = @settings[:prefix].to_s
        @settings[:hash_tag] && !prefix.match?(/\{[^}]+\}/) ? "{#{prefix}}" : prefix
      end

      def max_attempts
        limit = @settings[:max_attempts]
        limit == Float::INFINITY ? 0 : limit
      end

      # For {Native::Queue}.
      def to_native
        pauses = @settings[:backoff]
        { prefix: prefix, lease: @settings[:lease].to_f, resolution: @settings[:resolution].to_f,
          backoff: [pauses.begin.to_f, pauses.end.to_f], max_attempts: max_attempts,
          max_payload: @settings[:max_payload] }
      end

      private

      def check
        need(:prefix, 'must not be empty') { |prefix| !prefix.to_s.empty? }
        need(:coder, 'must have dump and load') { |coder| coder.respond_to?(:dump) && coder.respond_to?(:load) }
        need(:lease, 'must be seconds, at least 0.5') { |lease| lease.is_a?(Numeric) && lease >= 0.5 }
        need(:resolution, 'must be seconds above 0') { |seconds| seconds.is_a?(Numeric) && seconds.positive? }
        need(:max_attempts, 'must be a whole number from 1, or Float::INFINITY') { |limit| attempts?(limit) }
        need(:backoff, 'must be a Range of seconds, the first and the longest pause') { |pauses| pauses?(pauses) }
        need(:max_payload, 'must be a number of bytes above 0') { |bytes| bytes.is_a?(Integer) && bytes.positive? }
      end

      def need(name, rule)
        value = @settings[name]
        raise ArgumentError, "#{name} #{rule}, is #{value.inspect}" unless yield value
      end

      def attempts?(limit)
        limit == Float::INFINITY || (limit.is_a?(Integer) && limit.between?(1, 1_000_000))
      end

      def pauses?(pauses)
        return false unless pauses.is_a?(Range) && [pauses.begin, pauses.end].all?(Numeric)

        pauses.begin >= 0 && pauses.end >= pauses.begin && pauses.end.to_f.finite?
      end
    end
    private_constant :Settings
  end
end
