# frozen_string_literal: true

module Kaal
  class Coordinator
    # The time that all nodes on a store agree on: `Time.now`, which tests may freeze, and how far the
    # store's clock is ahead of this machine's.
    class StoreClock
      # How often the store is asked, in seconds.
      ASK_EVERY = 60
      # What is less is as much the way of the question as a difference of clocks, in seconds.
      LEAST = 0.5
      # What is more is worth a word in the log, in seconds.
      NOTABLE = 1.0
      private_constant :ASK_EVERY, :LEAST, :NOTABLE

      def initialize(configuration)
        @configuration = configuration
        @skew = nil
        @asked_at = nil
      end

      # How far the store's clock is ahead, in seconds; nil: not known.
      attr_reader :skew

      def now
        now = Time.now
        @skew && @skew.abs >= LEAST ? now + @skew : now
      end

      # Asks the store, if it is time.
      def refresh
        now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
        return if @asked_at && now - @asked_at < ASK_EVERY

        @asked_at = now
        measure
      end

      private

      def measure
        backend = @configuration.backend
        return @skew = nil unless backend.respond_to?(:store_time)

        before = real
        theirs = backend.store_time
        skew = theirs && (theirs - ((before + real) / 2))
        warn_of(skew) if skew && skew.abs > NOTABLE && (skew - @skew.to_f).abs > NOTABLE
        @skew = skew
      rescue *FAILURES => e
        @configuration.logger&.warn("[Kaal] cannot ask the store for its time: #{e.message}")
      end

      def warn_of(skew)
        where = skew.positive? ? 'behind' : 'ahead of'
        @configuration.logger&.warn("[Kaal] this machine's clock is #{skew.abs.round(1)} s #{where} the store's; " \
                                    'runs are dispatched by the store\'s')
      end

      def real
        Process.clock_gettime(Process::CLOCK_REALTIME)
      end
    end
    private_constant :StoreClock
  end
end
