# frozen_string_literal: true

module Kaal
  module Backend
    # No coordination: every lock is free. For tests, and where only one process runs.
    class NullAdapter < Adapter
      def acquire(_key, _ttl)
        true
      end

      def release(_key)
        true
      end
    end
  end
end
