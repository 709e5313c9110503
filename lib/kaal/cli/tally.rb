# frozen_string_literal: true

module Kaal
  module CLI
    # What a running scheduler has done so far. Callbacks may be on several threads.
    class Tally
      def initialize
        @mutex = Mutex.new
        @runs = 0
        @errors = 0
        @late = nil
        @latest = 0.0
      end

      # @param payload [Hash] of the event `dispatch.kaal`
      def dispatched(payload)
        @mutex.synchronize do
          @runs += 1
          @late = payload[:lateness]
          @latest = [@latest, @late].max
        end
      end

      def failed
        @mutex.synchronize { @errors += 1 }
      end

      # @return [Hash] `runs`, `errors`; `late`: how late the last run was, in seconds; nil: there was none;
      #   `latest`: how late one was at most
      def to_h
        @mutex.synchronize { { runs: @runs, errors: @errors, late: @late, latest: @latest } }
      end
    end
    private_constant :Tally
  end
end
