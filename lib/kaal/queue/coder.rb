# frozen_string_literal: true

module Kaal
  module Queue
    # From a job to what Redis keeps of it, and back. A coder has `dump(job)` and `load(string)`.
    module Coder
      # JSON.
      module DEFAULT
        module_function

        # @param job [Hash]
        # @return [String]
        def dump(job)
          ::JSON.generate(job)
        end

        # @param string [String]
        # @return [Hash]
        # @raise [JSON::ParserError]
        def load(string)
          ::JSON.parse(string)
        end
      end

      module_function

      # A job's `scheduled_at` as a Time.
      #
      # @param value [Time, Integer, Float, String, #to_time, nil] unix seconds; a String is ISO 8601
      # @return [Time, nil] nil for nil
      # @raise [ArgumentError] when it is none of these
      def Time(value) # rubocop:disable Naming/MethodName -- the name it has in Async::Job
        case value
        when nil, ::Time then value
        when ::Integer, ::Float then ::Time.at(value)
        when ::String then from_text(value)
        else from_object(value)
        end
      rescue ::RangeError # also of NaN and infinity
        raise ::ArgumentError, "scheduled_at is no point in time: #{value}"
      end

      def from_text(text)
        ::Time.iso8601(text)
      rescue ::ArgumentError
        begin
          ::Time.parse(text)
        rescue ::ArgumentError
          raise ::ArgumentError, "scheduled_at must be ISO 8601, as 2026-03-01T09:00:00Z, is #{text.inspect}"
        end
      end
      private_class_method :from_text

      def from_object(value)
        return value.to_time if value.respond_to?(:to_time)

        raise ::ArgumentError, 'scheduled_at must be a Time, unix seconds or an ISO 8601 String, ' \
                               "is a #{value.class}"
      end
      private_class_method :from_object
    end
  end
end
