# frozen_string_literal: true

module Kaal
  class ConfigurationFile
    # What settings can be. A variable is always a text, so that a text will do for a number. What is refused is
    # shown, but for texts that may be long or secret.
    module Kinds
      OF = {
        tick_interval: :whole_number, window_lookback: :whole_number, window_lookahead: :whole_number,
        lease_ttl: :whole_number, dispatch_threads: :whole_number, recovery_window: :number,
        recovery_startup_jitter: :number, namespace: :text, time_zone: :text, scheduler_config_path: :text,
        scheduler_conflict_policy: :text, scheduler_missing_file_policy: :text,
        enable_log_dispatch_registry: :boolean, enable_dispatch_recovery: :boolean, scheduler_reload: :boolean,
        use_memory_in_tests: :boolean, dst: :mapping, backend: :text, backend_config: :mapping, backend_url: :text,
        require: :texts, enable_delayed_jobs: :boolean, delayed_job_allowed_class_prefixes: :names,
        delayed_job_max_attempts: :whole_number, queue_redis: :text, queue_options: :mapping
      }.freeze
      YES = %w[true yes on 1].freeze
      NO = %w[false no off 0].freeze
      private_constant :YES, :NO

      module_function

      def whole_number(value)
        number = Integer(value.to_s, 10, exception: false) unless value.is_a?(Float)
        number || raise(ArgumentError, "a whole number, is #{value.inspect}")
      end

      def number(value)
        return value if value.is_a?(Numeric)

        Integer(value.to_s, 10, exception: false) || Float(value.to_s, exception: false) ||
          raise(ArgumentError, "a number, is #{value.inspect}")
      end

      def boolean(value)
        text = value.to_s.downcase
        return YES.include?(text) if (YES + NO).include?(text)

        raise ArgumentError, "true or false, is #{value.inspect}"
      end

      def text(value)
        return value if value.is_a?(String)

        raise ArgumentError, "a text, is #{SchedulerFile.kind(value)}"
      end

      # With symbols for keys.
      def mapping(value)
        return value.transform_keys(&:to_sym) if value.is_a?(Hash) && value.keys.all?(String)

        raise ArgumentError, "a mapping, is #{SchedulerFile.kind(value)}"
      end

      # A list of texts, or one with commas in between, as a variable has them.
      def names(value)
        texts(value).flat_map { |text| text.split(',') }.map(&:strip)
      end

      # One text, or a list of them.
      def texts(value)
        list = value.is_a?(Array) ? value : [value]
        return list if list.all?(String)

        raise ArgumentError, "a text or a list of texts, is #{SchedulerFile.kind(value)}"
      end
    end
    private_constant :Kinds
  end
end
