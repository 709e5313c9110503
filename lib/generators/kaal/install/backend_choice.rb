# frozen_string_literal: true

module Kaal
  # What `rails generate` finds.
  module Generators
    # Which backend an app is to have, and what that needs.
    class BackendChoice
      NAMES = %w[sqlite postgres mysql redis memory].freeze
      FILE = 'storage/kaal.sqlite3'
      # All tables that some backend needs.
      TABLES = %w[dispatches locks definitions claims intervals delayed_jobs delayed_claims].freeze

      # The name in Kaal 0.2 of what keeps all in the app's database.
      SYNONYMS = { 'database' => 'sqlite' }.freeze
      OF_ADAPTERS = {
        'postgresql' => 'postgres', 'postgis' => 'postgres', 'mysql2' => 'mysql', 'trilogy' => 'mysql',
        'sqlite3' => 'sqlite'
      }.freeze
      private_constant :SYNONYMS, :OF_ADAPTERS

      # @return [String] one of NAMES
      attr_reader :name
      # @return [String, nil] of SQLite, relative to the app's folder; nil: it is the app's database
      attr_reader :file

      # @param given [String, nil] a name in any letter case; nil: that of the app's database
      # @param path [String, nil] of a file of its own
      # @raise [Thor::Error] when there is no such backend, or it has no file
      def initialize(given, path)
        @name = given ? named(given) : (OF_ADAPTERS[app_adapter] unless path) || 'sqlite'
        raise ::Thor::Error, "--path is for SQLite: the backend is #{@name}" if path && @name != 'sqlite'

        @file = path || (FILE if @name == 'sqlite' && !in_app_database?(given))
      end

      # Those to be made by migrations.
      def tables
        return [] if @file || !sql?

        @name == 'sqlite' ? TABLES : TABLES - ['locks']
      end

      # Whether it is a database, which keeps a dispatch log at no cost worth naming.
      def sql?
        %w[sqlite postgres mysql].include?(@name)
      end

      private

      def named(given)
        name = given.to_s.strip.downcase
        name = SYNONYMS.fetch(name, name)
        return name if NAMES.include?(name)

        raise ::Thor::Error, "there is no backend #{given.inspect}: choose one of #{NAMES.join(', ')}"
      end

      # An app without a database, or with one of another kind, has a file for Kaal alone. Who asks for
      # SQLite and has not said yet what the database is will say so.
      def in_app_database?(given)
        return false unless defined?(::ActiveRecord::Base)

        OF_ADAPTERS[app_adapter] == 'sqlite' || (app_adapter.nil? && !given.nil?)
      end

      def app_adapter
        return unless defined?(::ActiveRecord::Base)

        ::ActiveRecord::Base.connection_db_config.adapter.to_s
      rescue ::ActiveRecord::ActiveRecordError
        nil # it has none that is configured
      end
    end
    private_constant :BackendChoice
  end
end
