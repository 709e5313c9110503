# frozen_string_literal: true

module Kaal
  module RedisConnection
    # The options of a native connection from a client of redis-rb 4.
    module RedisRb4
      # What is used, and what has no meaning for a connection that is not the client's: its
      # retries, its log, its name, its driver.
      KNOWN = %i[
        host port path db username password timeout connect_timeout read_timeout write_timeout ssl ssl_params
        sentinels role url scheme driver id logger tcp_keepalive reconnect_attempts reconnect_delay
        reconnect_delay_max _parsed
      ].freeze
      private_constant :KNOWN

      DRIVERS = %w[Redis::Connection::Ruby Redis::Connection::Hiredis Redis::Connection::Synchrony].freeze
      private_constant :DRIVERS

      class << self
        # @param client [Redis::Client]
        def options(client)
          options = client.options
          Checks.refuse_unknown(options.select { |name, _value| name.is_a?(Symbol) }, KNOWN)
          unless DRIVERS.include?(options[:driver].to_s)
            raise Underivable,
                  "driver #{options[:driver]} is not understood"
          end

          where(options).merge(
            db: options[:db], connect_timeout: Checks.seconds(options[:connect_timeout]),
            response_timeout: Checks.seconds(options[:read_timeout]), **identity(options)
          )
        end

        private

        def where(options)
          return sentinels(options) if options[:sentinels]
          return { path: options[:path] } if options[:path]

          tls = Tls.options(options[:ssl_params]) if options[:ssl] || options[:scheme] == 'rediss'
          { host: options[:host], port: options[:port], tls: tls }
        end

        def sentinels(options)
          raise Underivable, 'sentinels with TLS' if options[:ssl]
          raise Underivable, "role #{options[:role]} is not understood" unless [nil,
                                                                                'master'].include?(options[:role]&.to_s)

          nodes = options[:sentinels].map do |node|
            node = node.transform_keys(&:to_sym)
            { host: node[:host].to_s, port: node.fetch(:port, 26_379).to_i, **identity(node) }
          end
          { master: options[:host], sentinels: nodes }
        end

        def identity(options)
          { username: Checks.text(:username, options[:username]), password: Checks.text(:password, options[:password]) }
        end
      end
    end
  end
end
