# frozen_string_literal: true

module Kaal
  # The settings of a process. Each has a reader and a writer; a name that is none of them raises
  # NoMethodError.
  #
  # `dst` says what a daylight-saving change does to jobs that do not say it themselves:
  # `{ gap: :skip | :shift, overlap: :both | :first | :last }`.
  class Configuration
    # Turns what is assigned into what is kept.
    CONVERSIONS = {
      integer: :to_i.to_proc,
      string: :to_s.to_proc,
      boolean: ->(value) { value ? true : false },
      policy: ->(value) { value&.to_sym },
      optional_string: ->(value) { value&.to_s },
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
      enable_log_dispatch_registry: [false, :boolean],
      enable_dispatch_recovery: [true, :any],
      recovery_window: [86_400, :any],
      recovery_startup_jitter: [5, :any],
      scheduler_config_path: ['config/scheduler.yml', :string],
      scheduler_conflict_policy: %i[error policy],
      scheduler_missing_file_policy: %i[warn policy]
    }.freeze
    private_constant :SETTINGS

    POLICIES = {
      scheduler_conflict_policy: %i[error code_wins file_wins],
      scheduler_missing_file_policy: %i[warn error]
    }.freeze
    private_constant :POLICIES

    SETTINGS.each do |name, (_default, kind)|
      conversion = CONVERSIONS.fetch(kind)
      define_method(name) { @values[name] }
      define_method(:"#{name}=") { |value| @values[name] = conversion.call(value) }
    end

    def initialize
      @values = SETTINGS.transform_values(&:first)
    end

    # All settings; backend and logger as the names of their classes.
    def to_h
      @values.merge(backend: backend&.class&.name, logger: logger&.class&.name)
    end

    # What is wrong, as messages; empty: nothing.
    def validate
      errors = number_errors + blank_errors + policy_errors + zone_errors + dst_errors + backend_errors
      errors << lease_error if errors.empty? && lease_error
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
    # nil: that of the system.
    def effective_time_zone
      return time_zone if time_zone
      return nil if ENV.key?('TZ')

      rails_time_zone
    end

    private

    def number_errors
      least = { tick_interval: 1, window_lookback: 0, window_lookahead: 0, lease_ttl: 1 }
      least.filter_map do |name, minimum|
        if @values[name] < minimum
          "#{name} must be #{minimum.zero? ? 'at least 0' : 'greater than 0'}, is #{@values[name]}"
        end
      end
    end

    def blank_errors
      %i[namespace scheduler_config_path].filter_map { |name| "#{name} cannot be blank" if @values[name].strip.empty? }
    end

    def policy_errors
      POLICIES.filter_map do |name, known|
        "#{name} must be one of #{known.join(', ')}, is #{@values[name].inspect}" unless known.include?(@values[name])
      end
    end

    def zone_errors
      Native.check_zone(time_zone) if time_zone
      []
    rescue CronError => e
      ["time_zone: #{e.message.delete_prefix('time zone: ')}"]
    end

    def dst_errors
      Native.check_dst(dst)
      []
    rescue ArgumentError => e
      [e.message]
    end

    # A store may ask more of the namespace that locks are named by.
    def backend_errors
      [(backend.namespace_error('namespace', namespace) if backend.respond_to?(:namespace_error))].compact
    end

    def lease_error
      return if lease_ttl >= window_lookback + tick_interval

      least = window_lookback + tick_interval
      "lease_ttl must be at least window_lookback + tick_interval (#{least}), is #{lease_ttl}: " \
        'shorter, and another node can run the same occurrence again'
    end

    def rails_time_zone
      return unless defined?(::Time.zone) && ::Time.respond_to?(:zone)

      ::Time.zone&.tzinfo&.name
    end
  end
end
