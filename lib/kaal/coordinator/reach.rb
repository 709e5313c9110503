# frozen_string_literal: true

module Kaal
  class Coordinator
    # How far back a scheduler goes, in seconds.
    module Reach
      module_function

      # How far back a run may be that is still claimed: as far as a claim protects it from being
      # dispatched twice. Leases protect the look-back and a tick interval, the log the whole recovery
      # window.
      #
      # @param logged [Boolean] whether dispatches are logged
      def horizon(configuration, logged)
        recovery_window = configuration.enable_dispatch_recovery && logged ? configuration.recovery_window.to_i : 0
        [recovery_window, configuration.window_lookback, configuration.tick_interval].max
      end

      # How late a run may be that is not missed yet: a tick of a machine that is busy.
      def grace(configuration)
        configuration.tick_interval + 1
      end

      # As {.horizon}, for a job that says itself which of its missed runs are made up for.
      #
      # @param options [Hash{String => Object}] as {JobOptions.read}
      def of_job(configuration, logged, options)
        grace = grace(configuration)
        return grace if options['missed'] == 'skip'

        longest = horizon(configuration, logged)
        within = options['missed_within']
        within ? within.clamp(grace, [longest, grace].max) : longest
      end
    end
    private_constant :Reach
  end
end
