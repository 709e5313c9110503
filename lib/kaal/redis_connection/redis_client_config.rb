# frozen_string_literal: true

module Kaal
  module RedisConnection
    # The options of a native connection from a RedisClient, which redis-rb 5 stands on, and its
    # configuration.
    module RedisClientConfig
      DRIVERS = %w[RedisClient::RubyConnection RedisClient::HiredisConnection].freeze
      private_constant :DRIVERS

      class << self
        # The time-outs are the client's: they can be set on it after it was made.
        # @param client [RedisClient] or the one inside a Redis of redis-rb 5
        def options(client)
          config = client.config
          raise Underivable, 'it uses inherit_socket' if inherits_socket?(client)

          check(config)
          where(config).merge(
            db: config.db, connect_timeout: Checks.seconds(client.connect_timeout),
            response_timeout: Checks.seconds(client.read_timeout), **identity(config)
          )
        end

        private

        # redis-rb keeps what it was told in its client.
        def inherits_socket?(client)
          client.config.inherit_socket || client.instance_variable_get(:@inherit_socket)
        end

        def check(config)
          known = config.instance_of?(::RedisClient::Config) || config.instance_of?(::RedisClient::SentinelConfig)
          raise Underivable, "its configuration is a #{config.class}" unless known
          raise Underivable, "driver #{config.driver} is not understood" unless DRIVERS.include?(config.driver.to_s)
          raise Underivable, 'it uses middlewares' if middlewares?(config)
          raise Underivable, 'it uses a command builder' unless command_builder?(config)
          raise Underivable, 'it uses custom options' unless !config.respond_to?(:custom) || config.custom.to_h.empty?
        end

        # Those of the configuration, and those of RedisClient.register, which are of every client.
        def middlewares?(config)
          config.respond_to?(:middlewares_stack) &&
            !(config.middlewares_stack.included_modules - Object.included_modules).empty?
        end

        def command_builder?(config)
          !config.respond_to?(:command_builder) || config.command_builder.to_s == 'RedisClient::CommandBuilder'
        end

        def where(config)
          return sentinels(config) if config.respond_to?(:sentinel?) && config.sentinel?

          if config.path
            raise Underivable, 'a Unix socket with TLS' if config.ssl?

            return { path: config.path }
          end

          { host: config.host, port: config.port, tls: (Tls.options(config.ssl_params) if config.ssl?) }
        end

        def sentinels(config)
          raise Underivable, 'sentinels with TLS' if config.ssl?
          raise Underivable, 'its role is not master' unless config.instance_variable_get(:@role) == :master

          nodes = config.sentinels.map { |node| { host: node.host, port: node.port, **fixed(identity(node)) } }
          { master: config.name, sentinels: nodes }
        end

        # Without a password no user name is sent, whatever the configuration says. `default` is what
        # it says when it was given none; Redis before 6 knows no users.
        def identity(config)
          name = config.username unless ['', 'default'].include?(config.username)
          password = password(config)
          { username: (name if password), password: password }
        end

        def fixed(identity)
          Checks.text(:password, identity[:password])
          identity
        end

        # Of a callable there is a new result for each connect. Not so for a sentinel's.
        def password(config)
          given = config.instance_variable_get(:@password)
          return -> { current(config) } if given.respond_to?(:call)

          Checks.text(:password, given)
          config.password
        end

        # The reader gives what the callable gives, or before redis-client knew such, the callable.
        def current(config)
          password = config.password
          return password unless password.respond_to?(:call)

          password.arity.zero? ? password.call : password.call(config.username)
        end
      end
    end
  end
end
