# frozen_string_literal: true

module Kaal
  module Backend
    # Writes acquired lock keys to the dispatch log, where `enable_log_dispatch_registry` is on.
    module DispatchLogging
      # Reads `<namespace>:dispatch:<cron key>:<unix seconds>`; namespace and cron key may hold colons.
      #
      # @param key [String]
      # @return [Array(String, Time)] cron key and fire time
      # @raise [ArgumentError] when it is not such a key
      def self.parse_lock_key(key)
        cron_key, fire_time = Native.parse_lock_key(key.to_s, Kaal.configuration.namespace)
        return [cron_key, Time.at(fire_time).utc] if cron_key

        raise ArgumentError,
              "not a dispatch lock key: #{key.inspect}, expected <namespace>:dispatch:<cron key>:<unix time>"
      end

      # (see DispatchLogging.parse_lock_key)
      def parse_lock_key(key)
        DispatchLogging.parse_lock_key(key)
      end

      # Logs the dispatch that the lock stands for; locks of other kinds are not logged.
      #
      # @param key [String]
      # @return [void]
      # @raise [StoreError] when the log cannot be written
      def log_dispatch_attempt(key)
        log_dispatch_attempts([key])
      end

      # As {#log_dispatch_attempt} for many keys, in as few calls as the store allows.
      #
      # @param keys [Array<String>]
      # @return [void]
      def log_dispatch_attempts(keys)
        configuration = Kaal.configuration
        return unless configuration.enable_log_dispatch_registry

        namespace = configuration.namespace
        runs = keys.filter_map { |key| run_of(key.to_s, namespace) }
        dispatch_registry.log_dispatches(runs, Socket.gethostname) unless runs.empty?
      end

      private

      # What is no text is the lock of no run: the keys of jobs are in UTF-8.
      def run_of(key, namespace)
        text = case key.encoding
               when Encoding::UTF_8 then key
               when Encoding::BINARY then key.dup.force_encoding(Encoding::UTF_8)
               else key.encode(Encoding::UTF_8)
               end
        Native.parse_lock_key(text, namespace) if text.valid_encoding?
      rescue EncodingError
        nil
      end
    end
  end
end
