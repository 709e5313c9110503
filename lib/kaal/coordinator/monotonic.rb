# frozen_string_literal: true

module Kaal
  class Coordinator
    # A clock that nobody sets, and that goes on while the machine sleeps where the system has such, as the
    # leases do that are judged by it.
    module Monotonic
      CLOCK = defined?(Process::CLOCK_BOOTTIME) ? Process::CLOCK_BOOTTIME : Process::CLOCK_MONOTONIC
      private_constant :CLOCK

      private

      # Seconds.
      def monotonic
        Process.clock_gettime(CLOCK)
      end
    end
    private_constant :Monotonic
  end
end
