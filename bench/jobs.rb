# frozen_string_literal: true

require 'kaal'

# Schedulers with many jobs, for measuring: all of this process's state is made anew for each.
module Jobs
  STATE = %i[@configuration @registry @coordinator @definition_registry].freeze

  class << self
    # Yields with `count` jobs registered that do nothing.
    def with(count, backend:, cron: '* * * * *', log: false, &callback)
      reset
      Kaal.configure do |config|
        config.backend = backend
        config.enable_log_dispatch_registry = log
        config.recovery_startup_jitter = 0
      end
      callback ||= ->(**) {}
      Kaal.register_all(Array.new(count) { |n| { key: "job #{n}", cron: cron, enqueue: callback } })
    end

    # What this process has registered and configured, so that two schedulers can take turns.
    def current
      STATE.to_h { |name| [name, Kaal.instance_variable_get(name)] }
    end

    def switch(state)
      state.each { |name, value| Kaal.instance_variable_set(name, value) }
    end

    # Like {reset}, but what was there goes on to work.
    def leave
      STATE.each { |name| Kaal.instance_variable_set(name, nil) }
    end

    def reset
      Kaal.reset_coordinator!
      Kaal.reset_registry!
      Kaal.reset_configuration!
      Kaal.reset_coordinator!
    end

    def seconds
      started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      yield
      Process.clock_gettime(Process::CLOCK_MONOTONIC) - started
    end

    def median(values)
      values.sort[values.size / 2]
    end
  end
end
