# frozen_string_literal: true

module Kaal
  module Backend
    # Locks, dispatch log and definitions in SQLite, for the processes of one machine.
    #
    #   Kaal::Backend::SQLiteAdapter.new                                      # the app's database
    #   Kaal::Backend::SQLiteAdapter.new(connection_class: QueueRecord)
    #   Kaal::Backend::SQLiteAdapter.new(path: 'storage/kaal.sqlite3')        # a file of its own
    #   Kaal::Backend::SQLiteAdapter.new('sqlite3:storage/kaal.sqlite3')
    #
    # The app's database is reached through its ActiveRecord connection, never opened a second time: two
    # copies of SQLite in a process do not see each other's file locks. Its tables come from migrations
    # or `Kaal.create_tables!`. A file of its own and its tables are made when they are first needed; the
    # folder must exist.
    #
    # Kaal's adapter of this name serves every database of ActiveRecord's, and is what its generator writes. So
    # where the app's is PostgreSQL or MySQL, this one is {PostgresAdapter} or {MySQLAdapter} with
    # `lease: :table`: locks are rows in any case.
    class SQLiteAdapter < DatabaseAdapter
      # @return [String, nil] of the file of its own, absolute; nil: it is the app's database
      attr_reader :path

      # @param address [String, Hash, nil] a URL or settings as in config/database.yml; nil: the app's
      #   database, as ActiveRecord is configured
      # @param namespace [String] before the keys of what Kaal 0.6 has logged; `config.namespace` by
      #   default
      # @option options [String, Pathname] :path of a file of its own
      # @option options [String] :url instead of `address`
      # @option options [Class] :connection_class whose database it is, where the app has several
      # @option options [Symbol, String] :database its name in config/database.yml
      # @option options [String, Hash, Class] :connection any of these: Kaal 0.6's keyword
      # @raise [ArgumentError] when one of these cannot be used, or more than one says which database
      # @raise [ConfigurationError] when what is given is a database of another kind; the first use raises it
      #   when `path` is that of the app's database, or ActiveRecord has none
      def initialize(address = nil, namespace: nil, **options)
        super()
        @given = one_of(address, options)
        unknown = options.keys - SOURCES
        raise ArgumentError, "unknown keyword: #{unknown.first.inspect}" unless unknown.empty?

        @namespace = namespace
        if options.key?(:path)
          @given = @path = file_name(options[:path])
          @own = Native::Database.sqlite(@path)
        else
          database unless active_record?
        end
      end

      # @return [String] the file, or the name of the app's database
      def inspect
        place = "path=#{@path.inspect}" if @path
        place ||= @name ? "database=#{@name.inspect}" : 'of ActiveRecord'
        "#<#{self.class} #{place}>"
      end

      private

      def store_name
        'SQLite'
      end

      def file_name(path)
        unless path.is_a?(String) || path.respond_to?(:to_path)
          raise ArgumentError, "path must be a String, got #{path.inspect}"
        end

        path = path.to_s
        file?(path) ? File.expand_path(path) : path
      end

      def open
        return own_file if @own
        return open_file(DatabaseSettings.resolve(@given, store_name)) unless active_record?

        settings = DatabaseSettings.of_active_record(@given, store_name)
        @models = AppDatabase.primary?(@given, settings)
        @name = settings[:database]
        AppDatabase.tables_of(AppDatabase.owner(@given), settings)
      end

      def open_file(settings)
        path = settings[:database].to_s
        path = AppDatabase.absolute(path) if file?(path)
        owner = AppDatabase.owner_of_file(path)
        return Native::Database.sqlite(@path = path) unless owner

        @name = settings[:database]
        ActiveRecordStore.new(owner)
      end

      # Anything else is refused by the core.
      def file?(path)
        !path.strip.empty? && !path.include?(':memory:') && !path.include?("\0")
      end

      def own_file
        return @own unless AppDatabase.owner_of_file(@path)

        raise ConfigurationError, "#{@path} is a database of the app's: two copies of SQLite in a process do not see " \
                                  'each other\'s locks and can corrupt it. Leave path: out to use it through ' \
                                  'ActiveRecord, or give kaal-rs a file of its own, such as storage/kaal.sqlite3'
      end
    end

    # Kaal 0.6's name.
    SQLite = SQLiteAdapter
  end
end
