# frozen_string_literal: true

module Kaal
  class ConfigurationFile
    # Which backend file and variables ask for, and how it is reached.
    class BackendChoice
      # The settings that it is made of.
      SETTINGS = %i[backend backend_config backend_url].freeze

      ADAPTERS = {
        'memory' => :MemoryAdapter, 'redis' => :RedisAdapter, 'sqlite' => :SQLiteAdapter,
        'postgres' => :PostgresAdapter, 'mysql' => :MySQLAdapter
      }.freeze
      # By what a URL begins with.
      SCHEMES = {
        'redis' => 'redis', 'rediss' => 'redis', 'unix' => 'redis', 'sqlite3' => 'sqlite', 'sqlite' => 'sqlite',
        'postgres' => 'postgres', 'postgresql' => 'postgres', 'mysql2' => 'mysql', 'mysql' => 'mysql',
        'mariadb' => 'mysql', 'trilogy' => 'mysql'
      }.freeze
      LOGIN = %i[url host port username user password database dbname].freeze
      # Those of our own.
      OPTIONS = %i[lease pool namespace].freeze
      KEYS = {
        'memory' => [], 'redis' => %i[url namespace], 'sqlite' => %i[url path namespace],
        'postgres' => LOGIN + OPTIONS + %i[sslmode sslrootcert sslcert sslkey schema_search_path prepared_statements],
        'mysql' => LOGIN + OPTIONS + %i[socket ssl_mode sslca sslcert sslkey]
      }.freeze
      WAYS_TO_NAME = 'set backend, or KAAL_BACKEND, or a url that begins with redis:, sqlite3:, postgres: or mysql2:'
      private_constant :SCHEMES, :LOGIN, :OPTIONS, :KEYS, :WAYS_TO_NAME

      # @param settings [Array<Setting>] those of SETTINGS; what comes later counts
      # @param root [String] what the path of a file is relative to
      def initialize(settings, root)
        @root = root
        @config = {}
        settings.each { |setting| take(setting) }
      end

      # Whether anything is said of a backend.
      def made?
        !@name.nil? || !@config.empty?
      end

      # @return [Backend::Adapter]
      # @raise [ConfigurationError] when it cannot be made of that
      def adapter
        name = known_name
        unknown = @config.keys - KEYS.fetch(name)
        refuse("#{unknown.first} is nothing that the backend #{name} takes: #{allowed(name)}") if unknown.any?
        refuse('url is missing, such as redis://localhost:6379/0') if name == 'redis' && !@config[:url]

        make(name)
      end

      private

      # Another backend has nothing of how the one before was reached.
      def take(setting)
        @origin = setting.origin
        case setting.name
        when :backend
          @config = {} if @name && @name != setting.value
          @name = setting.value
          @named_by = setting.origin
        when :backend_config then @config = @config.merge(setting.value)
        when :backend_url then @config = { url: setting.value, **@config.slice(*OPTIONS) }
        end
      end

      def known_name
        name = @name ? @name.strip.downcase : of_url
        return name if ADAPTERS.key?(name)

        refuse("says how a backend is reached, but not which it is: #{WAYS_TO_NAME}") unless name
        raise ConfigurationError, "#{@named_by} must be one of #{ADAPTERS.keys.join(', ')}, is #{shown(name)}"
      end

      # What is no word may hold a password.
      def shown(name)
        return name.inspect if name.match?(/\A\w+\z/)

        name.include?('://') ? 'a URL: that belongs in KAAL_BACKEND_URL' : 'something else'
      end

      def of_url
        SCHEMES[@config[:url].to_s[/\A(\w+):/, 1]]
      end

      def make(name)
        adapter = Backend.const_get(ADAPTERS.fetch(name))
        case name
        when 'memory' then adapter.new
        when 'redis' then adapter.new(@config[:url], **@config.except(:url))
        when 'sqlite' then adapter.new(**sqlite_options)
        else adapter.new(server_address, **@config.slice(*OPTIONS))
        end
      rescue ArgumentError, ConfigurationError => e
        refuse(e.message) # which names what is wrong, and holds no secret
      end

      # An address of the app's folder, wherever the process is started.
      def sqlite_options
        path = @config[:path]
        path.is_a?(String) ? { **@config, path: File.expand_path(path, @root) } : @config
      end

      # nil: the app's database, as ActiveRecord is configured.
      def server_address
        address = @config.except(*OPTIONS)
        address unless address.empty?
      end

      def allowed(name)
        KEYS.fetch(name).empty? ? 'nothing' : KEYS.fetch(name).join(', ')
      end

      def refuse(message)
        raise ConfigurationError, "#{@origin}: #{message}"
      end
    end
    private_constant :BackendChoice
  end
end
