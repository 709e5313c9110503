# frozen_string_literal: true

module Kaal
  # The databases that the app has through ActiveRecord, and the ways to them.
  module AppDatabase
    # A database by its configuration. The connections are those that the app has; where it has none yet,
    # some of our own.
    class Configured
      def initialize(config)
        @config = config
      end

      def connection_pool
        pool = AppDatabase.pools.find { |one| one.db_config.configuration_hash == @config.configuration_hash }
        pool || own.connection_pool
      end

      private

      # ActiveRecord tells connections apart by the names of classes.
      def own
        @own ||= Class.new(::ActiveRecord::Base).tap do |owner|
          name = "Kaal::AppDatabase::#{@config.name}"
          owner.define_singleton_method(:name) { name }
          owner.abstract_class = true
          owner.establish_connection(@config.configuration_hash)
        end
      end
    end
    private_constant :Configured

    @tables = {}
    @mutex = Mutex.new

    class << self
      # What has the connections to a database of the app's.
      #
      # @param given [nil, Symbol, Class] as {DatabaseSettings.resolve} takes it
      # @return [#connection_pool]
      def owner(given)
        case given
        when nil then ::ActiveRecord::Base
        when Symbol then Configured.new(DatabaseSettings.named(given))
        else given
        end
      end

      # As {.owner}, of the app's database in that file; nil: it has none there.
      def owner_of_file(path)
        return unless defined?(::ActiveRecord::Base)

        configs = pools.map(&:db_config) + ::ActiveRecord::Base.configurations.configurations
        config = configs.find { |one| one.database && file?(one.database, path) }
        config && Configured.new(config)
      end

      # Whether the database is ActiveRecord's primary one, whose tables the models are on.
      #
      # @param given [Object] what was resolved; a URL or settings are not taken from ActiveRecord
      # @param settings [Hash] to what
      def primary?(given, settings)
        return given.nil? if [NilClass, String, Hash, Proc, Method].any? { |kind| given.is_a?(kind) }

        primary_pool&.db_config&.configuration_hash == settings
      end

      # The tables of ActiveRecord's primary database, whatever its kind.
      #
      # @return [Native::Database, ActiveRecordStore]
      # @raise [ConfigurationError] when there is none that can be used
      def tables
        unless defined?(::ActiveRecord::Base)
          raise ConfigurationError, 'no database: without ActiveRecord, use the registries of a backend'
        end

        @mutex.synchronize { @tables[settings = primary_settings] ||= tables_of(::ActiveRecord::Base, settings) }
      end

      # The tables of a database of the app's, whatever its kind. Leases are rows.
      #
      # @param owner [#connection_pool] as {.owner} gives it
      # @param settings [Hash] what ActiveRecord says of it
      # @return [Native::Database, ActiveRecordStore]
      # @raise [ConfigurationError] when it cannot be used
      def tables_of(owner, settings)
        case DatabaseSettings.family(settings[:adapter])
        when 'SQLite' then ActiveRecordStore.new(owner)
        when 'PostgreSQL' then Native::Database.postgres(DatabaseSettings::Server.postgres(settings), true, 2)
        when 'MySQL' then Native::Database.mysql(DatabaseSettings::Server.mysql(settings), true, 2)
        else raise ConfigurationError, "kaal-rs does not know databases of the kind #{settings[:adapter]}"
        end
      end

      # ActiveRecord's own of the present role.
      def pools
        ::ActiveRecord::Base.connection_handler.connection_pool_list(::ActiveRecord::Base.current_role)
      end

      # A relative name in ActiveRecord's configuration is under the app's folder.
      def absolute(path)
        File.expand_path(path, (::Rails.root.to_s if defined?(::Rails.root) && ::Rails.root))
      end

      private

      def primary_pool
        ::ActiveRecord::Base.connection_pool
      rescue ::ActiveRecord::ConnectionNotEstablished
        nil
      end

      def primary_settings
        pool = primary_pool || raise(ConfigurationError, 'no database: ActiveRecord is not connected to any')
        pool.db_config.configuration_hash
      end

      def file?(database, path)
        absolute(database) == path ||
          (File.exist?(path) && File.exist?(absolute(database)) && File.identical?(path, absolute(database)))
      end
    end
  end
  private_constant :AppDatabase
end
