# frozen_string_literal: true

module Kaal
  module Backend
    # What {PostgresAdapter} and {MySQLAdapter} share: where the server is, and session locks.
    class ServerAdapter < DatabaseAdapter
      LEASES = %i[session table].freeze
      CREDENTIALS = %i[username password].freeze
      # What the native connections are made for.
      FIXED = %i[search_path prepared_statements].freeze
      private_constant :LEASES, :CREDENTIALS, :FIXED

      # URL, user name and password may be procs, which are called at each connect.
      #
      # @param address [String, Proc, Hash, nil] a URL, what gives one, or settings as in
      #   config/database.yml; nil: the app's database, as ActiveRecord is configured
      # @param lease [Symbol] `:session`: locks of a session, as Kaal's; `:table`: rows of `kaal_locks`
      # @param pool [Integer] how many connections at most
      # @param namespace [String] before the keys of what Kaal 0.6 has logged; `config.namespace` by
      #   default
      # @option options [String, Proc] :url instead of `address`
      # @option options [String, Proc] :username instead of that of the address
      # @option options [String, Proc] :password instead of that of the address
      # @option options [Class] :connection_class whose database it is, where the app has several
      # @option options [Symbol, String] :database its name in config/database.yml
      # @option options [String, Hash, Class] :connection any of these: Kaal 0.6's keyword
      # @raise [ArgumentError] when one of these cannot be used
      # @raise [ConfigurationError] when what is given is a database of another kind; of ActiveRecord's, the
      #   first use raises it, also when there is no such database
      def initialize(address = nil, lease: :session, pool: 2, namespace: nil, **options)
        super()
        @given = one_of(address, options)
        @credentials = options.slice(*CREDENTIALS).compact
        @options = check_options(**options.except(*SOURCES, *CREDENTIALS))
        @lease = check_lease(lease)
        @pool = check_pool(pool)
        @namespace = namespace
        database unless active_record?
      end

      # How often the session that has the locks was lost while it had some. What it held is not
      # claimed again by this process; another may have it.
      #
      # @return [Integer]
      def session_losses
        database.losses
      end

      # Whether its locks end with the process that has them, before their time.
      #
      # @api private
      def leases_end_with_process?
        @lease == :session
      end

      # As this adapter, with sessions of its own.
      #
      # @api private
      def with_own_sessions
        other = dup
        other.connect_anew
        other
      end

      # Where the server is and who we are to it, also by password; procs are called.
      #
      # @api private
      # @return [Hash{Symbol => Object}] `host port socket username password database ssl_…`
      def connection_settings
        database
        @settings.call
      end

      # Shows neither user nor password.
      #
      # @return [String]
      def inspect
        "#<#{self.class} #{@place || 'of ActiveRecord'} lease=#{@lease}>"
      end

      protected

      def connect_anew
        @database = nil
        database
      end

      private

      def open
        settings = DatabaseSettings.resolve(@given, store_name)
        @models = AppDatabase.primary?(@given, settings)
        settings = settings.merge(@credentials)
        known = native_settings(ConnectionSource.known(settings).merge(@options))
        @place = settings[:url] ? 'url=proc' : known.values_at(:socket, :host, :port, :database).compact.join(' ')
        @settings = -> { known }
        return connect(known, @lease == :table, @pool) unless ConnectionSource.asked?(settings)

        @settings = source(settings, known)
        @settings.connect { |source| connect(known.merge(source), @lease == :table, @pool) }
      end

      # What the settings are at each connect; what cannot change is as it is known.
      def source(settings, known)
        ConnectionSource.new(settings) do |values|
          asked = native_settings(DatabaseSettings.resolve(values, store_name).merge(@options))
          fixed = FIXED.find { |name| asked[name] != known[name] }
          raise ArgumentError, "#{fixed} must be given beside the URL, not in it" if fixed

          asked
        end
      end

      # Subclasses take some of their own.
      #
      # @return [Hash] what stands above the settings of the database
      def check_options(**unknown)
        return unknown if unknown.empty?

        raise ArgumentError, "unknown keyword: #{unknown.keys.map(&:inspect).join(', ')}"
      end

      def check_lease(lease)
        return lease.to_sym if lease.respond_to?(:to_sym) && LEASES.include?(lease.to_sym)

        raise ArgumentError, "lease must be :session or :table, got #{lease.inspect}"
      end

      def check_pool(pool)
        return pool if pool.is_a?(Integer) && pool.between?(1, 100)

        raise ArgumentError, "pool must be a number of connections from 1 to 100, got #{pool.inspect}"
      end
    end
    private_constant :ServerAdapter
  end
end
