# frozen_string_literal: true

module Kaal
  class Configuration
    # What can be wrong with a configuration, as messages.
    module Checks
      POLICIES = {
        scheduler_conflict_policy: %i[error code_wins file_wins],
        scheduler_missing_file_policy: %i[warn error]
      }.freeze
      private_constant :POLICIES

      private

      def number_errors
        least = { tick_interval: 1, window_lookback: 0, window_lookahead: 0, lease_ttl: 1, dispatch_threads: 0,
                  delayed_job_max_attempts: 1 }
        least.filter_map do |name, minimum|
          if @values[name] < minimum
            "#{name} must be #{minimum.zero? ? 'at least 0' : 'greater than 0'}, is #{@values[name]}"
          end
        end
      end

      def recovery_errors
        errors = %i[recovery_window recovery_startup_jitter].filter_map do |name|
          "#{name} must be a number of at least 0, is #{@values[name].inspect}" unless amount?(@values[name])
        end
        errors << retention_error if amount?(recovery_window) && retention_error
        errors
      end

      def amount?(value)
        value.is_a?(Numeric) && value.real? && value.finite? && value >= 0
      end

      # A run that the log has forgotten would be dispatched again.
      def retention_error
        kept = retention if enable_dispatch_recovery && enable_log_dispatch_registry
        return unless kept && recovery_window > kept

        "recovery_window must be at most #{kept}, as long as the dispatch log keeps its records, is #{recovery_window}"
      end

      # How long the backend's log keeps its records, in seconds; nil where it does not say.
      def retention
        registry = backend.dispatch_registry if backend.respond_to?(:dispatch_registry)
        ttl = registry.ttl if registry.respond_to?(:ttl)
        ttl if ttl.is_a?(Numeric) && ttl.positive?
      rescue StandardError
        nil # a store that cannot be asked is no matter of the configuration
      end

      def text_errors
        %i[namespace scheduler_config_path].filter_map do |name|
          next "#{name} must be valid UTF-8, is #{@values[name].inspect}" if unreadable?(@values[name])

          "#{name} cannot be blank" if @values[name].strip.empty?
        end
      end

      def prefix_errors
        return [] if delayed_job_allowed_class_prefixes.none? { |prefix| prefix.strip.empty? }

        ['delayed_job_allowed_class_prefixes cannot hold a blank prefix, which all classes begin with']
      end

      def unreadable?(text)
        !text.encode(Encoding::UTF_8).valid_encoding?
      rescue EncodingError
        true
      end

      def policy_errors
        POLICIES.filter_map do |name, known|
          "#{name} must be one of #{known.join(', ')}, is #{@values[name].inspect}" unless known.include?(@values[name])
        end
      end

      def zone_errors
        return [EnvironmentZone.error].compact unless time_zone
        return ["time_zone must be valid UTF-8, is #{time_zone.inspect}"] if unreadable?(time_zone)

        Native.check_zone(time_zone.encode(Encoding::UTF_8))
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

      def queue_errors
        error = Queue.settings_error(queue_options)
        error ? ["queue_options: #{error}"] : []
      end

      # A store may ask more of the namespace that locks are named by.
      def backend_errors
        return [adapter_error] unless backend.nil? || backend.respond_to?(:acquire)

        [(backend.namespace_error('namespace', namespace) if backend.respond_to?(:namespace_error))].compact
      end

      # Without its text: a URL may have a password in it.
      def adapter_error
        given = backend.is_a?(Class) ? "the class #{backend}: make one of it by new" : "a #{backend.class}"
        "backend must be an adapter, such as Kaal::Backend::RedisAdapter.new(ENV.fetch('REDIS_URL')), is #{given}"
      end

      def lease_error
        return if lease_ttl >= window_lookback + tick_interval

        least = window_lookback + tick_interval
        "lease_ttl must be at least window_lookback + tick_interval (#{least}), is #{lease_ttl}: " \
          'shorter, and another node can run the same occurrence again'
      end
    end
    private_constant :Checks
  end
end
