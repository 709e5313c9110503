# frozen_string_literal: true

module Kaal
  # What the nodes know of jobs.
  module Definition
    # The jobs that the nodes share. Subclasses keep them in a store.
    #
    # A definition is a Hash `key cron enabled source metadata created_at updated_at disabled_at`,
    # with UTC Times and metadata with String keys. What is returned is a copy.
    class Registry
      # Creates or changes a definition; `created_at` survives.
      #
      # @param key [String, Symbol] the job's
      # @param cron [String]
      # @param enabled [Boolean]
      # @param source [String] who defined it: `code`, `file` or the app's own word
      # @param metadata [Hash] the app's own, but for the key `kaal_rs`
      # @return [Hash] the definition
      def upsert_definition(key:, cron:, enabled: true, source: 'code', metadata: {})
        raise NotImplementedError, "#{self.class} must implement upsert_definition"
      end

      # @param key [String, Symbol] the job's
      # @return [Hash, nil] what was removed
      def remove_definition(key)
        raise NotImplementedError, "#{self.class} must implement remove_definition"
      end

      # @param key [String, Symbol] the job's
      # @return [Hash, nil]
      def find_definition(key)
        raise NotImplementedError, "#{self.class} must implement find_definition"
      end

      # @return [Array<Hash>] ordered by key
      def all_definitions
        raise NotImplementedError, "#{self.class} must implement all_definitions"
      end

      # @return [Array<Hash>] ordered by key
      def enabled_definitions
        all_definitions.select { |definition| definition[:enabled] }
      end

      # @param key [String, Symbol] the job's
      # @return [Hash, nil] the definition
      def enable_definition(key)
        raise NotImplementedError, "#{self.class} must implement enable_definition"
      end

      # What differs after each change, so that nobody need read all to see whether there was one.
      #
      # @return [Object, nil] nil: not known
      def version
        nil
      end

      # @param key [String, Symbol] the job's
      # @return [Hash, nil] the definition
      def disable_definition(key)
        raise NotImplementedError, "#{self.class} must implement disable_definition"
      end
    end
  end
end
