# frozen_string_literal: true

module Kaal
  # The settings that people ask about, as lines.
  module SettingLines
    # @return [Array<String>]
    def self.of(configuration)
      [
        "Tick interval: #{configuration.tick_interval}s", "Window lookback: #{configuration.window_lookback}s",
        "Window lookahead: #{configuration.window_lookahead}s", "Lease TTL: #{configuration.lease_ttl}s",
        "Namespace: #{configuration.namespace}"
      ]
    end
  end
  private_constant :SettingLines
end
