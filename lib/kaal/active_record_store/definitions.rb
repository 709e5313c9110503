# frozen_string_literal: true

module Kaal
  class ActiveRecordStore
    # Definitions: rows of `kaal_definitions`, as JSON.
    module Definitions
      COLUMNS = %i[key cron enabled source metadata disabled_at created_at updated_at].freeze

      # @param key [String, nil] nil: all
      # @return [Array<String>] by key
      def definitions(key)
        @access.read { |session| read_definitions(session, key) }
      end

      # @return [String] another after each change
      def definitions_version
        @access.read { |session| session.rows('definitions_version.sql').first.first }
      end

      # Writes a definition if what is stored is still `before`; nil: if none is.
      #
      # @return [Boolean] whether it was
      # @raise [ArgumentError] when a text is too long
      def replace_definition(before, after)
        definition = Native.parse_definition(after)
        check_fits('job key', definition[:key])
        check_fits('cron expression', definition[:cron])
        changing do |session|
          next false if read_definitions(session, definition[:key]).first != before

          session.rows(before ? 'update_definition.sql' : 'insert_definition.sql', *values_of(definition))
          true
        end
      end

      # @return [String, nil] what was removed
      def remove_definition(key)
        changing do |session|
          stored = read_definitions(session, key).first
          session.rows('delete_definition.sql', key) if stored
          stored
        end
      end

      private

      # Reads come after a write, see {Access#write}.
      def changing
        @access.write(transaction: true) do |session|
          session.rows('lock_definition.sql')
          yield session
        end
      end

      def read_definitions(session, key)
        session.rows('definitions.sql', key).map do |row|
          stored = COLUMNS.zip(row).to_h
          # Whatever an older ActiveRecord has written for a boolean.
          Native.definition_json(stored.merge(enabled: [1, 't', true].include?(stored[:enabled])))
        end
      end

      # The time of the change has a random fraction, so that two within a second make two versions.
      def values_of(definition)
        times = definition.values_at(:disabled_at, :created_at).map { |at| at && seconds_text(at.to_i) }
        updated_at = (definition[:updated_at].to_i * 1_000_000) + SecureRandom.random_number(1_000_000)
        definition.values_at(:key, :cron) + [definition[:enabled] ? 1 : 0] + definition.values_at(:source, :metadata) +
          times + [Native.time_text(updated_at)]
      end
    end
    private_constant :Definitions
  end
end
