# frozen_string_literal: true

module Kaal
  # Where a database is and who we are to it: what ActiveRecord is configured with, or a URL, as a
  # Hash with the names of config/database.yml.
  module DatabaseSettings
    # The names that the adapters of a database go by, in URLs and in ActiveRecord.
    FAMILIES = {
      'PostgreSQL' => %w[postgres postgresql postgis],
      'MySQL' => %w[mysql mysql2 mariadb trilogy],
      'SQLite' => %w[sqlite3 sqlite]
    }.freeze

    # What a URL looks like.
    EXAMPLES = {
      'PostgreSQL' => 'postgres://user:password@host/database', 'MySQL' => 'mysql2://user:password@host/database',
      'SQLite' => 'sqlite3:storage/kaal.sqlite3'
    }.freeze
    private_constant :FAMILIES, :EXAMPLES

    class << self
      # @param given [String, Proc, Hash, Class, Symbol, nil] a URL, what gives one, settings, a class of
      #   ActiveRecord's, the name of a database in config/database.yml; nil: ActiveRecord's own database. A
      #   proc is left as it is, by the name `url`.
      # @param family [String] PostgreSQL, MySQL or SQLite
      # @return [Hash] by Symbol
      # @raise [ArgumentError] when it is none of these, or the URL cannot be used
      # @raise [ConfigurationError] when there is no such database, or it is one of another kind
      def resolve(given, family)
        settings = read(given, family)
        adapter = settings[:adapter].to_s
        return settings if adapter.empty? || FAMILIES.fetch(family).include?(adapter)

        raise ConfigurationError, "the database is of the kind #{adapter}, not #{family}: use the adapter for it, " \
                                  'or say which database is meant: a URL, connection_class: or database:'
      end

      # Whether the settings are to be had of ActiveRecord. Does not load it.
      #
      # @param given [Object] as for {resolve}
      # @raise [ArgumentError] when it is nothing that {resolve} takes
      def active_record?(given)
        return true if given.nil? || given.is_a?(Symbol)
        return false if [String, Hash, Proc, Method].any? { |kind| given.is_a?(kind) }
        return true if given.respond_to?(:connection_db_config)

        raise ArgumentError, 'expected a URL, a Hash, a class of ActiveRecord or the Symbol of a database, ' \
                             "got a #{given.class}"
      end

      # What ActiveRecord says of a database, whatever its kind.
      #
      # @param given [nil, Symbol, Class] as for {resolve}
      # @param family [String] as for {resolve}, for the message
      # @return [Hash] by Symbol
      # @raise [ConfigurationError] when there is no such database
      def of_active_record(given, family)
        unless defined?(::ActiveRecord::Base)
          raise ConfigurationError,
                "no database: without ActiveRecord it needs a URL, such as #{EXAMPLES.fetch(family)}, " \
                "or #{family == 'SQLite' ? 'the path of a file' : 'host and database'}"
        end
        return named(given).configuration_hash if given.is_a?(Symbol)

        of_connected(given || ::ActiveRecord::Base)
      end

      # The family of an adapter of ActiveRecord's; nil: none that kaal-rs knows.
      def family(adapter)
        FAMILIES.find { |_family, names| names.include?(adapter.to_s) }&.first
      end

      # The database of that name in config/database.yml.
      #
      # @return [ActiveRecord::DatabaseConfigurations::DatabaseConfig]
      # @raise [ConfigurationError] when there is none
      def named(name)
        environment = ::ActiveRecord::ConnectionHandling::DEFAULT_ENV.call.to_s
        config = ::ActiveRecord::Base.configurations.configs_for(env_name: environment, name: name.to_s)
        config || raise(ConfigurationError, "config/database.yml has no database #{name} for #{environment}")
      end

      private

      def read(given, family)
        return of_active_record(given, family) if active_record?(given)

        case given
        when String then of_url(given, family)
        when Hash then of_hash(given, family)
        else { url: given } # a proc
        end
      end

      def of_hash(given, family)
        settings = given.transform_keys(&:to_sym)
        return settings if settings[:url].nil? || settings[:url].respond_to?(:call)

        of_url(settings[:url], family).merge(settings.except(:url))
      end

      def of_connected(owner)
        owner.connection_db_config.configuration_hash
      rescue ::ActiveRecord::ConnectionNotEstablished
        raise ConfigurationError, "no database: #{owner} is not connected to any"
      end

      # Not URI's own message, which has the URL in it, and with that the password.
      def of_url(url, family)
        uri = URI.parse(url)
        schemes = FAMILIES.fetch(family)
        return Url.settings(uri) if schemes.include?(uri.scheme)

        raise ArgumentError, "a URL of #{family} begins with #{schemes.first}:, not with #{uri.scheme.inspect}"
      rescue URI::InvalidURIError
        raise ArgumentError, 'the URL of the database cannot be read: special characters of the password must be ' \
                             'percent-encoded', cause: nil
      end
    end
  end
  private_constant :DatabaseSettings
end

require_relative 'database_settings/url'
require_relative 'database_settings/server'
