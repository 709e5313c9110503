# frozen_string_literal: true

module Kaal
  # Whether `guarantee: :at_least_once` can be kept: it needs a log, which shows what was claimed, and a
  # backend that knows which claims are open.
  module Guarantee
    module_function

    # @return [String, nil] what is in the way; nil: nothing
    def obstacle(configuration)
      backend = configuration.backend
      return 'needs a backend, and none is configured' unless backend
      unless backend.respond_to?(:open_claims) && backend.open_claims
        return "needs a backend that keeps open claims, which a #{backend.class} does not: use a built-in one"
      end

      'needs config.enable_log_dispatch_registry = true' unless configuration.enable_log_dispatch_registry
    end

    # @param options [Hash{String => Object}] as {JobOptions.to_metadata} gives them
    # @raise [ConfigurationError] when a job asks for what cannot be kept
    def check(key, options, configuration)
      return unless JobOptions.at_least_once?(options)

      obstacle = obstacle(configuration)
      raise ConfigurationError, "job #{key}: guarantee: :at_least_once #{obstacle}" if obstacle
    end
  end
  private_constant :Guarantee
end
