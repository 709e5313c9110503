# frozen_string_literal: true

module Kaal
  module Definition
    # The jobs that the nodes share. Subclasses keep them in a store.
    #
    # A definition is a Hash `key cron enabled source metadata created_at updated_at disabled_at`,
    # with UTC Times and metadata with String keys. What is returned is a copy.
    class Registry
      # Creates or changes a definition; `created_at` survives.
      #
      # @return [Hash] the definition
      def upsert_definition(key:, cron:, enabled: true, source: 'code', metadata: {})
        raise NotImplementedError, "#{self.class} must implement upsert_definition"
      end

      # @return [Hash, nil] what was removed
      def remove_definition(_key)
        raise NotImplementedError, "#{self.class} must implement remove_definition"
      end

      # @return [Hash, nil]
      def find_definition(_key)
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

      # @return [Hash, nil] the definition
      def enable_definition(_key)
        raise NotImplementedError, "#{self.class} must implement enable_definition"
      end

      # What differs after each change, so that nobody need read all to see whether there was one.
      #
      # @return [Object, nil] nil: not known
      def version
        nil
      end

      # @return [Hash, nil] the definition
      def disable_definition(_key)
        raise NotImplementedError, "#{self.class} must implement disable_definition"
      end
    end
  end
end
