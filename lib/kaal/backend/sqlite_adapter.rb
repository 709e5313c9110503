# frozen_string_literal: true

module Kaal
  module Backend
    # Locks, dispatch log and definitions in a SQLite file of its own, for the processes of one machine.
    #
    #   Kaal::Backend::SQLiteAdapter.new(path: 'storage/kaal.sqlite3')
    #
    # The file and its tables are made when they are first needed; the folder must exist. Not for a
    # database that the app itself has open: two copies of SQLite in a process do not see each other's
    # file locks.
    class SQLiteAdapter < DatabaseAdapter
      # @return [String] of the file, absolute
      attr_reader :path

      # @param path [String, Pathname] of the file
      # @raise [ArgumentError] when it names no file
      # @raise [ConfigurationError] when it is a database of the app's
      def initialize(path:)
        super()
        unless path.is_a?(String) || path.respond_to?(:to_path)
          raise ArgumentError, "path must be a String, got #{path.inspect}"
        end

        @path = file?(path.to_s) ? File.expand_path(path.to_s) : path.to_s
        refuse_app_database
        @database = Native::Database.sqlite(@path)
      end

      def inspect
        "#<#{self.class} path=#{@path.inspect}>"
      end

      private

      def store_name
        'SQLite'
      end

      # Anything else is refused by the core.
      def file?(path)
        !path.strip.empty? && !path.include?(':memory:') && !path.include?("\0")
      end

      def refuse_app_database
        return unless defined?(::ActiveRecord::Base)

        databases = ::ActiveRecord::Base.configurations.configurations.map(&:database).compact
        return unless databases.any? { |database| same_file?(database) }

        raise ConfigurationError, "#{@path} is a database of the app's: two copies of SQLite in a process do not see " \
                                  'each other\'s locks and can corrupt it. Give kaal-rs a file of its own, such as ' \
                                  'storage/kaal.sqlite3'
      end

      def same_file?(database)
        File.expand_path(database, defined?(::Rails.root) && ::Rails.root ? ::Rails.root.to_s : nil) == @path ||
          (File.exist?(@path) && File.exist?(database) && File.identical?(@path, database))
      end
    end
  end
end
