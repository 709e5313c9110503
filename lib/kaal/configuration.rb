# frozen_string_literal: true

require_relative 'configuration/checks'
require_relative 'configuration/error_hooks'
require_relative 'configuration/test_backend'

module Kaal
  # The settings of a process. Each has a reader and a writer; a name that is none of them raises
  # NoMethodError.
  # Each default stands at the end of its description.
  class Configuration
    include Checks
    include ErrorHooks
    prepend TestBackend

    # Turns what is assigned into what is kept.
    CONVERSIONS = {
      integer: :to_i.to_proc,
      string: :to_s.to_proc,
      boolean: ->(value) { value ? true : false },
      policy: ->(value) { value&.to_sym },
      optional_string: ->(value) { value&.to_s },
      strings: ->(value) { Array(value).map(&:to_s).freeze },
      any: :itself.to_proc
    }.freeze
    private_constant :CONVERSIONS

    # Name => [default, conversion]. Times are in seconds.
    SETTINGS = {
      tick_interval: [5, :integer],
      window_lookback: [120, :integer],
      window_lookahead: [0, :integer],
      lease_ttl: [125, :integer],
      namespace: ['kaal', :string],
      backend: [nil, :any],
      logger: [nil, :any],
      time_zone: [nil, :optional_string],
      dst: [nil, :any],
      dispatch_threads: [0, :integer],
      use_memory_in_tests: [false, :boolean],
      enable_log_dispatch_registry: [false, :boolean],
      enable_dispatch_recovery: [true, :any],
      recovery_window: [86_400, :any],
      recovery_startup_jitter: [5, :any],
      scheduler_config_path: ['config/scheduler.yml', :string],
      scheduler_conflict_policy: %i[error policy],
      scheduler_missing_file_policy: %i[warn policy],
      scheduler_reload: [false, :boolean],
      enable_delayed_jobs: [true, :boolean],
      delayed_job_allowed_class_prefixes: [[].freeze, :strings],
      delayed_job_max_attempts: [25, :integer],
      queue_redis: [nil, :any],
      queue_options: [{}.freeze, :any]
    }.freeze
    private_constant :SETTINGS

    # @!attribute [rw] tick_interval
    #   @return [Integer] the longest sleep between two looks at what is due, in seconds; 5
    # @!attribute [rw] window_lookback
    #   @return [Integer] how far a look goes back, in seconds; 120
    # @!attribute [rw] window_lookahead
    #   @return [Integer] how far it goes ahead, in seconds: of no effect on when a run is due; 0
    # @!attribute [rw] lease_ttl
    #   @return [Integer] how long a lock is held, in seconds: `window_lookback + tick_interval` at least; 125
    # @!attribute [rw] namespace
    #   @return [String] what all keys and lock names begin with; `'kaal'`
    # @!attribute [rw] backend
    #   @return [#acquire, nil] where the processes agree on who runs what; nil: nowhere
    # @!attribute [rw] logger
    #   @return [Logger, nil] what is told of starts, failures and what is odd; nil: nobody
    # @!attribute [rw] time_zone
    #   @return [String, nil] of expressions that name none, see {#effective_time_zone}; nil
    # @!attribute [rw] dst
    #   @return [Hash, nil] what a daylight-saving change does to jobs that do not say it themselves: `{ gap:
    #     :skip | :shift, overlap: :both | :first | :last }`; nil: `:skip` and `:both`
    # @!attribute [rw] dispatch_threads
    #   @return [Integer] on how many threads callbacks are called; 0: on the scheduler's own
    # @!attribute [rw] use_memory_in_tests
    #   @return [Boolean] whether, in Rails' test environment, a MemoryAdapter takes the place of a built-in backend
    #     that has connections; false
    # @!attribute [rw] enable_log_dispatch_registry
    #   @return [Boolean] whether runs are recorded, so that one is claimed only once and missed ones are
    #     known; false
    # @!attribute [rw] enable_dispatch_recovery
    #   @return [Boolean] whether a starting scheduler makes up for runs that were missed; true
    # @!attribute [rw] recovery_window
    #   @return [Numeric] how far it goes back for them, in seconds: a week at most; 86,400
    # @!attribute [rw] recovery_startup_jitter
    #   @return [Numeric] by how much it waits at random before, at most, in seconds; 5
    # @!attribute [rw] scheduler_config_path
    #   @return [String] the scheduler file, relative to Rails.root or the current folder; `'config/scheduler.yml'`
    # @!attribute [rw] scheduler_conflict_policy
    #   @return [Symbol] who wins a key that file and code define: `:error`, `:code_wins`, `:file_wins`
    # @!attribute [rw] scheduler_missing_file_policy
    #   @return [Symbol] what a missing file is: `:warn`, `:error`
    # @!attribute [rw] scheduler_reload
    #   @return [Boolean] whether a running scheduler loads the file again when it has changed; false
    # @!attribute [rw] enable_delayed_jobs
    #   @return [Boolean] whether this process takes delayed jobs and adds any; true
    # @!attribute [rw] delayed_job_allowed_class_prefixes
    #   @return [Array<String>] what the names of the classes begin with that delayed jobs may call; none: all
    # @!attribute [rw] delayed_job_max_attempts
    #   @return [Integer] how often a delayed job is taken before it is given up; 25
    # @!attribute [rw] queue_redis
    #   @return [String, Redis, RedisClient, nil] where the queues of ActiveJob are; nil: in the Redis of the backend,
    #     else of ENV REDIS_URL
    # @!attribute [rw] queue_options
    #   @return [Hash] how they work, for all processes the same: settings of {Queue::Client#initialize} but the
    #     prefix; none
    SETTINGS.each do |name, (_default, kind)|
      conversion = CONVERSIONS.fetch(kind)
      define_method(name) { @values[name] }
      define_method(:"#{name}=") { |value| @values[name] = conversion.call(value) }
    end

    # What every callback is called within, and the scheduler file loaded: it is given a block. Of an app on
    # Rails the executor, also for a configuration that is made after {Kaal.reset_configuration!}; else nil.
    #
    # @api private
    # @return [#call, nil]
    attr_accessor :callback_wrapper

    # Runs a block, which is the app's code, within what there is for that.
    #
    # @api private
    # @return the block's value
    def within_app(&)
      callback_wrapper ? callback_wrapper.call(&) : yield
    end

    def initialize
      @values = SETTINGS.transform_values(&:first)
      @callback_wrapper = RailsExecutor.wrapper
    end

    # All settings but hooks; backend and logger as the names of their classes, and a Redis as its address.
    #
    # @return [Hash{Symbol => Object}]
    def to_h
      queues = queue_redis && (RedisConnection.place(queue_redis) || queue_redis.class.name)
      @values.merge(backend: backend&.class&.name, logger: logger&.class&.name, queue_redis: queues)
    end

    # Says nothing that backend and logger know, such as a password.
    #
    # @return [String]
    def inspect
      "#<#{self.class} #{to_h.map { |name, value| "#{name}=#{value.inspect}" }.join(' ')}>"
    end

    # What is wrong, as messages; empty: nothing.
    #
    # @return [Array<String>]
    def validate
      errors = setting_errors
      errors << lease_error if errors.empty? && lease_error
      errors
    end

    # What is wrong with a setting by itself, as messages that begin with its name.
    #
    # @api private
    # @return [Array<String>]
    def setting_errors
      errors = text_errors + number_errors + recovery_errors + policy_errors + prefix_errors + zone_errors +
               dst_errors + queue_errors
      errors.concat(backend_errors) unless unreadable?(namespace)
      errors
    end

    # @return [Configuration] itself
    # @raise [ConfigurationError] all that is wrong
    def validate!
      errors = validate
      raise ConfigurationError, errors.join('; ') unless errors.empty?

      self
    end

    # The time zone of expressions that name none: the setting, else ENV TZ, else that of Rails.
    # nil: that of the system, which also reads an ENV TZ that is no name.
    #
    # @return [String, nil]
    def effective_time_zone
      return time_zone if time_zone
      return EnvironmentZone.name if EnvironmentZone.set?

      rails_time_zone
    end

    private

    def initialize_copy(other)
      super
      @values = @values.dup
    end

    def rails_time_zone
      return unless defined?(::Time.zone) && ::Time.respond_to?(:zone)

      ::Time.zone&.tzinfo&.name
    end
  end
end
