# frozen_string_literal: true

module Kaal
  module Definition
    # Definitions in the table `kaal_definitions`.
    class DatabaseEngine < Registry
      include JsonRecords

      # @param database [Native::Database, ActiveRecordStore] by default the app's, whatever its kind
      # @raise [ConfigurationError] when the app has none that can be used
      def initialize(database = AppDatabase.tables)
        super()
        @database = database
      end

      # What differs after each change.
      #
      # @return [String]
      # @raise [Backend::StoreError] when the database fails
      def version
        @database.definitions_version
      end

      private

      def read(key)
        @database.definitions(key).first
      end

      def read_all
        @database.definitions(nil)
      end

      def delete(key)
        @database.remove_definition(key)
      end

      def write(changes)
        changes.map { |_key, before, json| @database.replace_definition(before, json) }
      end
    end
  end
end
