# frozen_string_literal: true

module Kaal
  class Doctor
    # Whether this machine's clock is that of the store.
    class Clock
      # What is more makes a difference, in seconds.
      MOST = 1.0
      private_constant :MOST

      def initialize(configuration)
        @coordinator = Coordinator.new(configuration: configuration, registry: Registry.new)
      end

      # @return [Array<Finding>]
      def findings
        skew = @coordinator.clock_skew
        return [] if skew.nil? || skew.abs <= MOST

        where = skew.positive? ? 'behind' : 'ahead of'
        [Finding.new('clock', "this machine's clock is #{skew.abs.round(1)} s #{where} the store's: what jobs see as " \
                              'the time is not when they run',
                     'set both clocks by NTP (timedatectl set-ntp true, chrony)')]
      end
    end
    private_constant :Clock
  end
end
