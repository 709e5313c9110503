# frozen_string_literal: true

module Kaal
  # What an app calls: `Kaal.configure`, `Kaal.register`, `Kaal.start!` and so on.
  module ModuleFunctions
    include Registration

    SHORTCUTS = %i[
      tick_interval window_lookback window_lookahead lease_ttl namespace backend logger time_zone
    ].freeze
    private_constant :SHORTCUTS

    # @!attribute [rw] tick_interval
    #   @return [Integer] as {Configuration#tick_interval}
    # @!attribute [rw] window_lookback
    #   @return [Integer] as {Configuration#window_lookback}
    # @!attribute [rw] window_lookahead
    #   @return [Integer] as {Configuration#window_lookahead}
    # @!attribute [rw] lease_ttl
    #   @return [Integer] as {Configuration#lease_ttl}
    # @!attribute [rw] namespace
    #   @return [String] as {Configuration#namespace}
    # @!attribute [rw] backend
    #   @return [#acquire, nil] as {Configuration#backend}
    # @!attribute [rw] logger
    #   @return [Logger, nil] as {Configuration#logger}
    # @!attribute [rw] time_zone
    #   @return [String, nil] as {Configuration#time_zone}
    SHORTCUTS.each do |name|
      define_method(name) { configuration.public_send(name) }
      define_method(:"#{name}=") { |value| configuration.public_send(:"#{name}=", value) }
    end

    # Yields the configuration.
    #
    # @yieldparam configuration [Configuration]
    # @return the block's value
    def configure
      yield configuration if block_given?
    end

    # The settings of this process, made on first use.
    #
    # @return [Configuration]
    def configuration
      @configuration ||= Configuration.new
    end

    # The jobs that this process has callbacks for.
    #
    # @return [Registry]
    def registry
      @registry ||= Registry.new
    end

    # The scheduler of this process. What most apps need of it is here.
    #
    # @return [Coordinator]
    def coordinator
      @coordinator ||= Coordinator.new(configuration: configuration, registry: registry)
    end

    # Creates the tables of the configured backend that are missing: for apps without Rails' migrations.
    #
    # @return [nil]
    # @raise [ConfigurationError] when no backend is configured, or it has no tables
    # @raise [Backend::StoreError] when the database fails
    def create_tables!
      return backend.create_tables if backend.respond_to?(:create_tables)

      raise ConfigurationError, 'no tables to create: set config.backend to a PostgresAdapter, a MySQLAdapter or a ' \
                                "SQLiteAdapter first, it is #{backend ? "a #{backend.class}" : 'nil'}"
    end

    # Where definitions are kept: the backend's registry, else one of this process.
    #
    # @return [Definition::Registry]
    def definition_registry
      backend = configuration.backend
      shared = backend.definition_registry if backend.respond_to?(:definition_registry)
      shared || (@definition_registry ||= Definition::MemoryEngine.new)
    end

    # Removes definition and callback.
    #
    # @param key [String, Symbol] the job's
    # @raise [Backend::StoreError] when the store fails
    # @return [Registry::Entry, nil]
    def unregister(key:)
      definition_registry.remove_definition(JobKey.of(key))
      registry.remove(key)
    end

    # All defined jobs; `enqueue` is nil where this process has no callback.
    #
    # @raise [Backend::StoreError] when the store fails
    # @return [Array<Registry::Entry>]
    def registered
      definition_registry.all_definitions.map do |definition|
        entry = registry.find(definition[:key])
        Registry::Entry.new(key: definition[:key], cron: definition[:cron], enqueue: entry&.enqueue).freeze
      end
    end

    # Whether there is such a job, here or in the store.
    #
    # @param key [String, Symbol] the job's
    # @return [Boolean]
    # @raise [Backend::StoreError] when the store fails
    def registered?(key:)
      registry.registered?(key) || !definition_registry.find_definition(JobKey.of(key)).nil?
    end

    # Lets a job run again that was disabled, on all nodes from their next tick on.
    #
    # @param key [String, Symbol] the job's
    # @return [Hash, nil] the definition; nil: there is none
    # @raise [Backend::StoreError] when the store fails
    def enable(key:)
      definition_registry.enable_definition(JobKey.of(key))
    end

    # Keeps a job from running, on all nodes from their next tick on.
    #
    # @param key [String, Symbol] the job's
    # @return [Hash, nil] the definition; nil: there is none
    # @raise [Backend::StoreError] when the store fails
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

    # Whether the scheduler runs in this process: not in a forked child, until that starts its own.
    #
    # @return [Boolean]
    def running?
      coordinator.running?
    end

    # Stops the scheduler and starts it again.
    #
    # @return [Thread]
    # @raise [RuntimeError] when it does not stop within 30 seconds
    def restart!
      coordinator.restart!
    end

    # Claims and dispatches what is due, once, on this thread. What fails is logged.
    #
    # @return [nil]
    # @raise [SchedulerConfigError] when the scheduler file was to be loaded first, and cannot be
    def tick!
      coordinator.tick!
    end

    # Dispatches the runs of a job in a stretch of the past that the dispatch log does not show, now and on
    # this thread. What the log has forgotten runs again.
    #
    # @param key [String, Symbol] the job's
    # @param from [Time] the first fire time
    # @param to [Time] the last one, not in the future
    # @yieldparam time [Time] up to where it has come, in UTC; after each batch
    # @yieldparam total [Integer] how many ran so far
    # @return [Integer] how many ran
    # @raise [ConfigurationError] when dispatches are not logged
    # @raise [ArgumentError] when the times cannot be, or the job is not enabled or has no callback here
    # @raise [Backend::LockAdapterError] when the store fails; it can be called again
    def backfill(key:, from:, to:, &progress) # rubocop:disable Naming/MethodParameterName
      coordinator.backfill(JobKey.of(key), from, to, progress)
    end

    # Dispatches a run of a job that its schedule does not have: now, on this thread, also of a job that is
    # disabled. Its fire time is the last second that is no fire time of the job, and nobody else's.
    #
    # @param key [String, Symbol] the job's
    # @return [Time] the fire time, in UTC
    # @raise [ArgumentError] when the job has no callback here, or runs every second
    # @raise [Backend::StoreError, Backend::LockAdapterError] when the store fails
    def dispatch_now(key:)
      coordinator.dispatch_now(JobKey.of(key))
    end

    # How each job stands: when it runs next, what was dispatched last, how late it is. Goes by the store, and so
    # tells the same in each process of an app, whether a scheduler runs in it or not.
    #
    # @return [Array<JobStatus>] by key
    # @raise [Backend::StoreError] when the store fails
    def job_statuses
      coordinator.job_statuses
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

    # Listens to what the scheduler does: `tick.kaal`, `claim.kaal`, `dispatch.kaal`, `recovery.kaal`, `error.kaal`.
    # Through ActiveSupport::Notifications where that is loaded.
    #
    # @param pattern [String, Regexp] of the names
    # @yieldparam name [String]
    # @yieldparam started [Time]
    # @yieldparam finished [Time]
    # @yieldparam id [String]
    # @yieldparam payload [Hash]
    # @return [Object] for {#unsubscribe}
    def subscribe(pattern, &)
      Events.subscribe(pattern, &)
    end

    # Ends what {#subscribe} began.
    #
    # @param subscriber [Object] what {#subscribe} gave
    # @return [void]
    def unsubscribe(subscriber)
      Events.unsubscribe(subscriber)
    end

    # Yields the idempotency key of a run.
    #
    # @param key [String, Symbol] the job's
    # @param fire_time [Time, Integer] unix seconds where it is an Integer
    # @raise [ArgumentError] without a block
    # @return the block's value
    def with_idempotency(key, fire_time)
      raise ArgumentError, 'a block is required' unless block_given?

      yield IdempotencyKeyGenerator.call(key, fire_time, configuration: configuration)
    end

    # Whether the dispatch log has a record of the run. Never raises: a failure is logged and false.
    #
    # @param key [String, Symbol] the job's
    # @param fire_time [Time, Integer] unix seconds where it is an Integer
    # @return [Boolean]
    def dispatched?(key, fire_time)
      dispatch_log_registry&.dispatched?(key, fire_time) || false
    rescue StandardError => e
      logger&.error("[Kaal] cannot look up the dispatch of #{key} at #{fire_time}: #{e.message}")
      false
    end

    # The backend's dispatch log. Never raises: a failure is logged and nil.
    #
    # @return [Dispatch::Registry, nil] nil: the backend has none
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

    # @return [Configuration]
    # @raise [ConfigurationError] all that is wrong with it
    def validate!
      configuration.validate!
    end

    # (see CronUtils.valid?)
    def valid?(expression, seconds: false)
      CronUtils.valid?(expression, seconds: seconds)
    end

    # (see CronUtils.simplify)
    def simplify(expression)
      CronUtils.simplify(expression)
    end

    # (see CronUtils.lint)
    def lint(expression, zone: nil)
      CronUtils.lint(expression, zone: zone)
    end

    # (see CronHumanizer.to_human)
    def to_human(expression, locale: nil)
      CronHumanizer.to_human(expression, locale: locale)
    end

    # The next fire times of an expression.
    #
    # @param expression [String] a cron expression
    # @param count [Integer]
    # @param from [Time] the times come after it
    # @param zone [String, nil] as for {Cron.parse}
    # @return [Array<Time>] in UTC
    # @raise [CronError] when it is no expression
    def next_times(expression, count:, from: Time.now, zone: nil)
      Cron.parse(expression, zone: zone).next_times(count, from)
    end

    # For tests: forgets the configuration.
    #
    # @return [nil]
    def reset_configuration!
      @configuration = nil
    end

    # For tests: forgets the jobs of this process, also those of a scheduler file that was to be loaded.
    #
    # @return [nil]
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
      @coordinator&.reset!
      @coordinator = Coordinator.new(configuration: configuration, registry: registry)
    end
  end
  private_constant :ModuleFunctions
end
