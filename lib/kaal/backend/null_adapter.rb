# frozen_string_literal: true

module Kaal
  module Backend
    # No coordination: every lock is free. For tests, and where only one process runs.
    class NullAdapter < Adapter
      # @param _key [String]
      # @param _ttl [Numeric] seconds
      # @return [true] always
      def acquire(_key, _ttl)
        true
      end

      # @param _key [String]
      # @return [true] always
      def release(_key)
        true
      end
    end
  end
end
