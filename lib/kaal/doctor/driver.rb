# frozen_string_literal: true

module Kaal
  class Doctor
    # Asks a database server what the adapters need not know, through the client library of an app.
    module Driver
      # There is no such library, or it could not ask.
      class Unavailable < StandardError; end

      # How long a connection may take to be made, in seconds.
      PATIENCE = 10
      private_constant :PATIENCE

      class << self
        # @param backend [Backend::PostgresAdapter, Backend::MySQLAdapter]
        # @param what [String] what it is for, for {Unavailable}
        # @return [Array<Array>] rows
        # @raise [Unavailable]
        def rows(backend, what, statement)
          settings = backend.connection_settings
          backend.is_a?(Backend::PostgresAdapter) ? postgres(settings, statement) : mysql(settings, statement)
        rescue LoadError => e
          raise Unavailable, "#{what}: that needs the gem #{e.path}, which is not installed"
        rescue StandardError => e
          raise Unavailable, "#{what}: #{e.message.lines.first&.chomp}"
        end

        private

        def postgres(settings, statement)
          require 'pg'
          connection = PG.connect({
            host: settings[:socket] || settings[:host], port: settings[:port], user: settings[:username],
            password: settings[:password], dbname: settings[:database], sslmode: settings[:ssl_mode],
            sslrootcert: settings[:ssl_root], sslcert: settings[:ssl_certificate], sslkey: settings[:ssl_key],
            connect_timeout: PATIENCE
          }.compact)
          connection.exec(statement).values
        ensure
          connection&.close
        end

        def mysql(settings, statement)
          require 'mysql2'
          tls = { sslca: settings[:ssl_root], sslcert: settings[:ssl_certificate], sslkey: settings[:ssl_key],
                  ssl_mode: settings[:ssl_mode]&.to_sym }.compact
          place = settings.slice(:host, :port, :socket, :username, :password, :database)
          client = Mysql2::Client.new(connect_timeout: PATIENCE, **place, **tls)
          client.query(statement, as: :array).to_a
        ensure
          client&.close
        end
      end
    end
    private_constant :Driver
  end
end
