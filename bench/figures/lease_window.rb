# frozen_string_literal: true

# How long after the last look at the lease of a run its callback begins: a process that is stopped within that time
# calls it although the lease may have ended meanwhile.

require_relative '../jobs'
require_relative '../redis_peer'

# Takes down when the coordinator has found that a run is still its own.
module LastLook
  class << self
    attr_accessor :at
  end

  def held?(run)
    super.tap { LastLook.at = Process.clock_gettime(Process::CLOCK_MONOTONIC) }
  end
end

{ 'at_most_once' => false, 'at_least_once' => true }.each do |guarantee, log|
  Figure.define("lease.window_#{guarantee}", bar: { ours: 1000 }) do
    RedisPeer.open do |peer|
      Kaal::Coordinator.const_get(:Dispatcher).prepend(LastLook)
      Kaal.configure do |config|
        config.backend = peer.adapter
        config.enable_log_dispatch_registry = log
      end
      windows = []
      Kaal.register(key: 'job', cron: '* * * * * *', guarantee: guarantee.to_sym, enqueue: lambda { |**|
        windows << (Process.clock_gettime(Process::CLOCK_MONOTONIC) - LastLook.at)
      })
      Kaal.tick!
      Figure::Values.new(ours: windows.max * 1e6, floor: Jobs.median(windows) * 1e6)
    ensure
      Jobs.leave
    end
  end
end
