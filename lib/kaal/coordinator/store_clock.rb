# frozen_string_literal: true

require_relative 'monotonic'

module Kaal
  class Coordinator
    # The time that all nodes on a store agree on: `Time.now`, which tests may freeze, and how far the
    # store's clock is ahead of this machine's.
    class StoreClock
      include Monotonic

      # How often the store is asked, in seconds.
      ASK_EVERY = 60
      # What is less is as much the way of the question as a difference of clocks, in seconds.
      LEAST = 0.5
      # What is more is worth a word in the log, in seconds.
      NOTABLE = 1.0
      private_constant :ASK_EVERY, :LEAST, :NOTABLE

      # What takes longer to answer tells the time too badly, in seconds.
      LONGEST_ANSWER = 2.0
      private_constant :LONGEST_ANSWER

      def initialize(configuration)
        @configuration = configuration
        @ahead = nil
        @asked_at = nil
      end

      # How far the store's clock is ahead, in seconds; nil: not known. Right also when this machine's
      # clock has been set since the store was asked.
      def skew
        ahead = @ahead
        ahead && (ahead + monotonic - real)
      end

      def now
        now = Time.now
        skew = self.skew
        skew && skew.abs >= LEAST ? now + skew : now
      end

      # Asks the store, if it is time.
      #
      # @return [Exception, nil] why it did not answer
      def refresh
        now = monotonic
        return if @asked_at && now - @asked_at < ASK_EVERY

        @asked_at = now
        measure
      end

      private

      def measure
        known = skew.to_f
        before = monotonic
        theirs = ask
        after = monotonic
        return if theirs && after - before > LONGEST_ANSWER

        @ahead = theirs && (theirs - ((before + after) / 2))
        warn_of(skew) if notable?(skew.to_f, known)
        nil
      rescue *FAILURES => e
        @configuration.logger&.warn("[Kaal] cannot ask the store for its time: #{e.message}")
        e
      end

      # nil where there is no clock but the machine's.
      def ask
        backend = @configuration.backend
        backend.store_time if backend.respond_to?(:store_time)
      end

      def notable?(skew, known)
        skew.abs > NOTABLE && (skew - known).abs > NOTABLE
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
