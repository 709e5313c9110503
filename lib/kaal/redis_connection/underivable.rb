# frozen_string_literal: true

module Kaal
  module RedisConnection
    # A client uses something that no connection of our own can be derived from. The message says
    # what, never its value.
    class Underivable < StandardError; end

    # What all derivations check.
    module Checks
      # The longest time-out; a client without one waits this long, in seconds.
      NO_TIMEOUT = 86_400.0

      module_function

      def refuse_unknown(options, known)
        unknown = options.reject { |name, value| known.include?(name) || value.nil? || value == false }
        raise Underivable, "option #{unknown.keys.first.inspect} is not understood" unless unknown.empty?
      end

      def seconds(timeout)
        timeout.nil? || timeout == false || timeout.to_f.zero? ? NO_TIMEOUT : timeout.to_f
      end

      def text(name, value)
        return value if value.nil? || value.is_a?(String)

        raise Underivable, "option #{name.inspect} is a #{value.class}"
      end
    end
  end
end
