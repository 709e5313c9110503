# frozen_string_literal: true

module Kaal
  module RedisConnection
    # The options of a native connection from the configuration of a RedisClient, which redis-rb 5
    # stands on.
    module RedisClientConfig
      DRIVERS = %w[RedisClient::RubyConnection RedisClient::HiredisConnection].freeze
      private_constant :DRIVERS

      class << self
        # @param config [RedisClient::Config, RedisClient::SentinelConfig]
        def options(config)
          check(config)
          where(config).merge(
            db: config.db, connect_timeout: Checks.seconds(config.connect_timeout),
            response_timeout: Checks.seconds(config.read_timeout), **identity(config)
          )
        end

        private

        def check(config)
          known = config.instance_of?(::RedisClient::Config) || config.instance_of?(::RedisClient::SentinelConfig)
          raise Underivable, "its configuration is a #{config.class}" unless known
          raise Underivable, "driver #{config.driver} is not understood" unless DRIVERS.include?(config.driver.to_s)
          raise Underivable, 'it uses inherit_socket' if config.inherit_socket
          raise Underivable, 'it uses middlewares' if changed?(config, :middlewares_stack, ::RedisClient::Middlewares)
          raise Underivable, 'it uses a command builder' unless command_builder?(config)
          raise Underivable, 'it uses custom options' unless !config.respond_to?(:custom) || config.custom.to_h.empty?
        end

        def changed?(config, name, default)
          config.respond_to?(name) && config.public_send(name) != default
        end

        # redis-rb brings one of its own, which only turns values into Strings.
        def command_builder?(config)
          !config.respond_to?(:command_builder) || %w[RedisClient::CommandBuilder].include?(config.command_builder.to_s)
        end

        def where(config)
          return sentinels(config) if config.respond_to?(:sentinel?) && config.sentinel?
          return { path: config.path } if config.path

          { host: config.host, port: config.port, tls: (Tls.options(config.ssl_params) if config.ssl?) }
        end

        def sentinels(config)
          raise Underivable, 'sentinels with TLS' if config.ssl?
          raise Underivable, 'its role is not master' unless config.instance_variable_get(:@role) == :master

          nodes = config.sentinels.map { |node| { host: node.host, port: node.port, **identity(node) } }
          { master: config.name, sentinels: nodes }
        end

        # Without a password no user name is sent, whatever the configuration says.
        def identity(config)
          password = Checks.text(:password, config.password)
          { username: (config.username if password), password: password }
        end
      end
    end
  end
end
