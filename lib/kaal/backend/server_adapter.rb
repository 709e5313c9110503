# frozen_string_literal: true

module Kaal
  module Backend
    # What {PostgresAdapter} and {MySQLAdapter} share: where the server is, and session locks.
    class ServerAdapter < DatabaseAdapter
      LEASES = %i[session table].freeze
      private_constant :LEASES

      # @param address [String, Hash, nil] a URL or settings as in config/database.yml; nil: the app's
      #   database, as ActiveRecord is configured
      # @param lease [Symbol] `:session`: locks of a session, as Kaal's; `:table`: rows of `kaal_locks`
      # @param pool [Integer] how many connections at most
      # @param namespace [String] before the keys of what Kaal 0.6 has logged; `config.namespace` by
      #   default
      # @option options [String] :url instead of `address`
      # @option options [Class] :connection_class whose database it is, where the app has several
      # @option options [Symbol, String] :database its name in config/database.yml
      # @option options [String, Hash, Class] :connection any of these: Kaal 0.6's keyword
      # @raise [ArgumentError] when one of these cannot be used
      # @raise [ConfigurationError] when there is no such database, or it is one of another kind
      def initialize(address = nil, lease: :session, pool: 2, namespace: nil, **options)
        super()
        given = one_of(address, options)
        settings = DatabaseSettings.resolve(given, store_name)
        @models = AppDatabase.primary?(given, settings)
        @settings = native_settings(settings, **options.except(*SOURCES))
        @lease = check_lease(lease)
        @namespace = namespace
        @database = connect(@settings, @lease == :table, check_pool(pool))
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

      # Shows neither user nor password.
      def inspect
        place = @settings.values_at(:socket, :host, :port, :database).compact.join(' ')
        "#<#{self.class} #{place} lease=#{@lease}>"
      end

      private

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
