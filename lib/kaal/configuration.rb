# frozen_string_literal: true

require_relative 'configuration/checks'

module Kaal
  # The settings of a process. Each has a reader and a writer; a name that is none of them raises
  # NoMethodError.
  #
  # `dst` says what a daylight-saving change does to jobs that do not say it themselves:
  # `{ gap: :skip | :shift, overlap: :both | :first | :last }`. `dispatch_threads` is on how many threads
  # callbacks are called; 0: on the scheduler's own. `scheduler_reload` says whether a running scheduler loads
  # the scheduler file again when that has changed.
  class Configuration
    include Checks

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
      dispatch_threads: [0, :integer],
      enable_log_dispatch_registry: [false, :boolean],
      enable_dispatch_recovery: [true, :any],
      recovery_window: [86_400, :any],
      recovery_startup_jitter: [5, :any],
      scheduler_config_path: ['config/scheduler.yml', :string],
      scheduler_conflict_policy: %i[error policy],
      scheduler_missing_file_policy: %i[warn policy],
      scheduler_reload: [false, :boolean]
    }.freeze
    private_constant :SETTINGS

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

    # Says nothing that backend and logger know, such as a password.
    def inspect
      "#<#{self.class} #{to_h.map { |name, value| "#{name}=#{value.inspect}" }.join(' ')}>"
    end

    # What is wrong, as messages; empty: nothing.
    def validate
      errors = text_errors + number_errors + recovery_errors + policy_errors + zone_errors + dst_errors
      errors.concat(backend_errors) unless unreadable?(namespace)
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
    # nil: that of the system, which also reads an ENV TZ that is no name.
    def effective_time_zone
      return time_zone if time_zone
      return EnvironmentZone.name if EnvironmentZone.set?

      rails_time_zone
    end

    private

    def rails_time_zone
      return unless defined?(::Time.zone) && ::Time.respond_to?(:zone)

      ::Time.zone&.tzinfo&.name
    end
  end
end
