# frozen_string_literal: true

module Kaal
  # The key under which a run can be told from all other runs: `<namespace>-<cron key>-<unix seconds>`.
  module IdempotencyKeyGenerator
    # @param cron_key [String, Symbol]
    # @param fire_time [Time, Integer] unix seconds where it is an Integer
    # @param configuration [Configuration] whose namespace it is
    # @return [String] the same for the same run on every node
    def self.call(cron_key, fire_time, configuration:)
      "#{configuration.namespace}-#{cron_key}-#{fire_time.to_i}"
    end
  end
end
