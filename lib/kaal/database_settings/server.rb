# frozen_string_literal: true

require 'etc'

module Kaal
  module DatabaseSettings
    # From settings to what the native connections take.
    module Server
      # Where MySQL's clients look for the socket when no host is given, or localhost.
      MYSQL_SOCKETS = %w[
        /run/mysqld/mysqld.sock /var/run/mysqld/mysqld.sock /tmp/mysql.sock /var/lib/mysql/mysql.sock
      ].freeze
      private_constant :MYSQL_SOCKETS

      class << self
        # @raise [ArgumentError] when a port is none
        def postgres(settings)
          host = text(settings[:host])
          {
            **common(settings), **place(host, host&.start_with?('/') ? host : nil),
            ssl_mode: text(settings[:sslmode]), ssl_root: text(settings[:sslrootcert]),
            ssl_certificate: text(settings[:sslcert]), ssl_key: text(settings[:sslkey]),
            search_path: text(settings[:schema_search_path]), prepared_statements: prepared?(settings)
          }.compact
        end

        # @raise [ArgumentError] when a port is none
        def mysql(settings)
          host = text(settings[:host])
          {
            username: Etc.getpwuid&.name, **common(settings).compact,
            **place(host, text(settings[:socket]) || mysql_socket(host, settings)),
            ssl_mode: mysql_ssl_mode(settings), ssl_root: text(settings[:sslca] || settings[:ssl_ca]),
            ssl_certificate: text(settings[:sslcert] || settings[:ssl_cert]),
            ssl_key: text(settings[:sslkey] || settings[:ssl_key])
          }.compact
        end

        private

        def common(settings)
          {
            port: port(settings[:port]), username: text(settings[:username] || settings[:user]),
            password: text(settings[:password]), database: text(settings[:database] || settings[:dbname])
          }
        end

        def place(host, socket)
          socket ? { socket: socket } : { host: host }
        end

        def mysql_socket(host, settings)
          MYSQL_SOCKETS.find { |path| File.socket?(path) } if [nil, 'localhost'].include?(host) && !settings[:port]
        end

        # Whoever names an authority wants to know who answers. The client libraries number the modes or
        # begin their names with SSL_MODE_.
        def mysql_ssl_mode(settings)
          mode = text(settings[:ssl_mode])
          return ('verify_ca' if settings[:sslca] || settings[:ssl_ca]) unless mode

          names = %w[disabled preferred required verify_ca verify_identity]
          mode.match?(/\A[1-5]\z/) ? names[mode.to_i - 1] : mode.downcase.delete_prefix('ssl_mode_')
        end

        def prepared?(settings)
          ![false, 'false'].include?(settings[:prepared_statements])
        end

        def port(given)
          port = Integer(given.to_s, 10) unless given.nil?
          return port if port.nil? || port.between?(1, 65_535)

          raise ArgumentError
        rescue ArgumentError
          raise ArgumentError, "port must be a number from 1 to 65535, got #{given.inspect}"
        end

        def text(value)
          value.to_s unless value.nil? || value.to_s.empty?
        end
      end
    end
  end
end
