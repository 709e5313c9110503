# frozen_string_literal: true

module Kaal
  # The key under which a run can be told from all other runs: `<namespace>-<cron key>-<unix seconds>`.
  module IdempotencyKeyGenerator
    def self.call(cron_key, fire_time, configuration:)
      "#{configuration.namespace}-#{cron_key}-#{fire_time.to_i}"
    end
  end
end
