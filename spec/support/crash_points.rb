# frozen_string_literal: true

require 'kaal'

# Ends a process at a point of a run's way through it, as a crash does. Those between the steps of Ruby are put there
# from here; those within the transaction of a database are in the core, where it is built with the feature test-hooks.
module CrashPoints
  # By name: class of the coordinator, method, and whether the process ends before it or after.
  STEPS = {
    before_claim: %i[Claimer claim before],
    after_claim: %i[Claimer claim after],
    before_callback: %i[Callback call before],
    after_callback: %i[Dispatcher settle before],
    before_failure: %i[Claimer record_failure before],
    after_failure: %i[Claimer record_failure after],
    before_close: %i[OpenClaims close before],
    after_close: %i[OpenClaims close after]
  }.freeze
  # In the transaction that has the lease: before the record of a claim is written, and between that and its end.
  IN_TRANSACTION = %i[before_record after_record].freeze

  ALL = [*STEPS.keys, *IN_TRANSACTION].freeze

  class << self
    # From now on this process does not come past that point.
    def arm(point)
      return ENV.store('KAAL_CRASH_AT', point.to_s) if IN_TRANSACTION.include?(point)

      owner, method, moment = STEPS.fetch(point)
      Kaal::Coordinator.const_get(owner).prepend(crash(method, moment))
    end

    private

    def crash(method, moment)
      Module.new do
        define_method(method) do |*arguments, **options, &block|
          Process.kill(:KILL, Process.pid) if moment == :before
          super(*arguments, **options, &block)
          Process.kill(:KILL, Process.pid)
        end
      end
    end
  end
end
