# frozen_string_literal: true

module Kaal
  # Whether `guarantee: :at_least_once` can be kept: it needs a log, which shows what was claimed, and a
  # backend that knows which claims are open.
  module Guarantee
    # What the table has room for, in characters.
    LONGEST_NAMESPACE = 255
    private_constant :LONGEST_NAMESPACE

    # The store that was last found to keep open claims.
    @found = nil

    module_function

    # What can be told without asking the store, as when an app boots.
    #
    # @return [String, nil] what is in the way; nil: nothing
    def obstacle(configuration)
      backend = configuration.backend
      return 'needs a backend, and none is configured' unless backend
      unless backend.respond_to?(:claims_many?) && backend.claims_many?
        return "needs a backend that keeps open claims, which a #{backend.class} does not: use a built-in one"
      end
      return 'needs config.enable_log_dispatch_registry = true' unless configuration.enable_log_dispatch_registry
      return if configuration.namespace.length <= LONGEST_NAMESPACE

      "needs a namespace of at most #{LONGEST_NAMESPACE} characters"
    end

    # As {#obstacle}, and whether the store has room for them.
    def obstacle_in_store(configuration)
      obstacle(configuration) || missing_table(configuration.backend.open_claims, configuration.namespace)
    end

    # @param options [Hash{String => Object}] as {JobOptions.to_metadata} gives them
    # @raise [ConfigurationError] when a job asks for what cannot be kept
    def check(key, options, configuration)
      return unless JobOptions.at_least_once?(options)

      obstacle = obstacle(configuration)
      raise ConfigurationError, "job #{key}: guarantee: :at_least_once #{obstacle}" if obstacle
    end

    # Asked until it is there; nothing is known of a store that fails.
    def missing_table(store, namespace)
      return if @found.equal?(store)

      store.ended_claims(namespace, 0, 1)
      @found = store
      nil
    rescue Backend::StoreError => e
      "needs the table kaal_claims: #{e.message}" if e.message.include?('create_tables!')
    end

    private_class_method :missing_table
  end
  private_constant :Guarantee
end
