# frozen_string_literal: true

module Kaal
  # What an app calls: `Kaal.configure`, `Kaal.register`, `Kaal.start!` and so on.
  module ModuleFunctions
    include Registration

    SHORTCUTS = %i[
      tick_interval window_lookback window_lookahead lease_ttl namespace backend logger time_zone
    ].freeze
    private_constant :SHORTCUTS

    SHORTCUTS.each do |name|
      define_method(name) { configuration.public_send(name) }
      define_method(:"#{name}=") { |value| configuration.public_send(:"#{name}=", value) }
    end

    # Yields the configuration.
    def configure
      yield configuration if block_given?
    end

    def configuration
      @configuration ||= Configuration.new
    end

    def registry
      @registry ||= Registry.new
    end

    def coordinator
      @coordinator ||= Coordinator.new(configuration: configuration, registry: registry)
    end

    # Creates the tables of the configured backend that are missing: for apps without Rails' migrations.
    #
    # @raise [ConfigurationError] when no backend is configured, or it has no tables
    # @raise [Backend::StoreError] when the database fails
    def create_tables!
      return backend.create_tables if backend.respond_to?(:create_tables)

      raise ConfigurationError, 'no tables to create: set config.backend to a PostgresAdapter, a MySQLAdapter or a ' \
                                "SQLiteAdapter first, it is #{backend ? "a #{backend.class}" : 'nil'}"
    end

    # Where definitions are kept: the backend's registry, else one of this process.
    def definition_registry
      backend = configuration.backend
      shared = backend.definition_registry if backend.respond_to?(:definition_registry)
      shared || (@definition_registry ||= Definition::MemoryEngine.new)
    end

    # Removes definition and callback.
    #
    # @return [Registry::Entry, nil]
    def unregister(key:)
      definition_registry.remove_definition(JobKey.of(key))
      registry.remove(key)
    end

    # All defined jobs; `enqueue` is nil where this process has no callback.
    #
    # @return [Array<Registry::Entry>]
    def registered
      definition_registry.all_definitions.map do |definition|
        entry = registry.find(definition[:key])
        Registry::Entry.new(key: definition[:key], cron: definition[:cron], enqueue: entry&.enqueue).freeze
      end
    end

    def registered?(key:)
      registry.registered?(key) || !definition_registry.find_definition(JobKey.of(key)).nil?
    end

    # @return [Hash, nil] the definition
    def enable(key:)
      definition_registry.enable_definition(JobKey.of(key))
    end

    # @return [Hash, nil] the definition
    def disable(key:)
      definition_registry.disable_definition(JobKey.of(key))
    end

    # Starts the scheduler on a thread of its own.
    #
    # @return [Thread, nil] nil when it runs already
    # @raise [SchedulerConfigError] when the scheduler file was to be loaded first, and cannot be
    def start!
      coordinator.start!
    end

    # Stops the scheduler after the batch that is running; may be called from a trap.
    #
    # @param timeout [Numeric] how long to wait for that, in seconds
    # @return [Boolean] whether nothing runs
    def stop!(timeout: 30)
      coordinator.stop!(timeout: timeout)
    end

    def running?
      coordinator.running?
    end

    def restart!
      coordinator.restart!
    end

    # Claims and dispatches what is due, once, on this thread.
    def tick!
      coordinator.tick!
    end

    # Dispatches the runs of a job in a stretch of the past that the dispatch log does not show, now and on
    # this thread. What the log has forgotten runs again.
    #
    # @param from [Time] the first fire time
    # @param to [Time] the last one, not in the future
    # @return [Integer] how many ran
    # @raise [ConfigurationError] when dispatches are not logged
    # @raise [ArgumentError] when the times cannot be, or the job is not enabled or has no callback here
    # @raise [Backend::LockAdapterError] when the store fails; it can be called again
    def backfill(key:, from:, to:) # rubocop:disable Naming/MethodParameterName
      coordinator.backfill(JobKey.of(key), from, to)
    end

    # How far the recovery of missed runs is that the scheduler began with.
    #
    # @return [Hash, nil] `done`; `recovered`: how many runs; `jobs_left`: how many jobs are to be looked
    #   at. nil: it has not begun
    def recovery_progress
      coordinator.recovery_progress
    end

    # How far the store's clock is ahead of this machine's. Runs are dispatched by the store's clock where
    # the difference is half a second or more.
    #
    # @return [Float, nil] seconds; nil: not known, or the store has no clock of its own
    def clock_skew
      coordinator.clock_skew
    end

    # Listens to what the scheduler does, see {Events}.
    def subscribe(pattern, &)
      Events.subscribe(pattern, &)
    end

    # @param subscriber [Object] what {#subscribe} gave
    def unsubscribe(subscriber)
      Events.unsubscribe(subscriber)
    end

    # Yields the idempotency key of a run.
    #
    # @return the block's value
    def with_idempotency(key, fire_time)
      raise ArgumentError, 'a block is required' unless block_given?

      yield IdempotencyKeyGenerator.call(key, fire_time, configuration: configuration)
    end

    # Whether the dispatch log has a record of the run. Never raises: a failure is logged and false.
    def dispatched?(key, fire_time)
      dispatch_log_registry&.dispatched?(key, fire_time) || false
    rescue StandardError => e
      logger&.error("[Kaal] cannot look up the dispatch of #{key} at #{fire_time}: #{e.message}")
      false
    end

    # The backend's dispatch log, or nil. Never raises.
    def dispatch_log_registry
      backend = configuration.backend
      backend.dispatch_registry if backend.respond_to?(:dispatch_registry)
    rescue StandardError => e
      logger&.error("[Kaal] cannot reach the dispatch log: #{e.message}")
      nil
    end

    # @return [Array<String>] what is wrong with the configuration
    def validate
      configuration.validate
    end

    # @raise [ConfigurationError]
    def validate!
      configuration.validate!
    end

    # @see CronUtils.valid?
    def valid?(expression, seconds: false)
      CronUtils.valid?(expression, seconds: seconds)
    end

    # @see CronUtils.simplify
    def simplify(expression)
      CronUtils.simplify(expression)
    end

    # @see CronUtils.lint
    def lint(expression, zone: nil)
      CronUtils.lint(expression, zone: zone)
    end

    # @see CronHumanizer.to_human
    def to_human(expression, locale: nil)
      CronHumanizer.to_human(expression, locale: locale)
    end

    # The next fire times of an expression.
    #
    # @param count [Integer]
    # @param from [Time] the times come after it
    # @param zone [String, nil] as for {Cron.parse}
    # @return [Array<Time>] in UTC
    # @raise [CronError] when it is no expression
    def next_times(expression, count:, from: Time.now, zone: nil)
      Cron.parse(expression, zone: zone).next_times(count, from)
    end

    # For tests: forgets the configuration.
    def reset_configuration!
      @configuration = nil
    end

    # For tests: forgets the jobs of this process, also those of a scheduler file that was to be loaded.
    def reset_registry!
      scheduler_file.forget
      @registry = nil
      @definition_registry = nil
    end

    # For tests: stops the scheduler and makes a new one.
    #
    # @return [Coordinator]
    # @raise [RuntimeError] when it does not stop
    def reset_coordinator!
      raise 'the scheduler did not stop' if @coordinator && !@coordinator.stop!

      @coordinator = Coordinator.new(configuration: configuration, registry: registry)
    end
  end
  private_constant :ModuleFunctions
end
