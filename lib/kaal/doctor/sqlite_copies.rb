# frozen_string_literal: true

module Kaal
  class Doctor
    # Two copies of SQLite in this process that have one file open do not see each other's locks.
    class SqliteCopies
      def initialize(configuration)
        @backend = configuration.backend
      end

      # @return [Array<Finding>]
      def findings
        path = @backend.path if @backend.is_a?(Backend::SQLiteAdapter)
        return [] unless path && (AppDatabase.owner_of_file(path) || opened_by_gem?(path))

        [Finding.new('SQLite', "#{path} is opened through the gem sqlite3 as well: two copies of SQLite in a " \
                               'process do not see each other\'s locks, and can corrupt the file',
                     'give Kaal a file of its own, such as storage/kaal.sqlite3, or leave path out to use the ' \
                     'database through ActiveRecord')]
      end

      private

      # Also one that a library other than ActiveRecord has opened.
      def opened_by_gem?(path)
        return false unless defined?(::SQLite3::Database)

        ObjectSpace.each_object(::SQLite3::Database).any? do |database|
          !database.closed? && same?(database.filename.to_s, path)
        end
      end

      def same?(name, path)
        File.exist?(name) && File.exist?(path) && File.identical?(name, path)
      end
    end
    private_constant :SqliteCopies
  end
end
