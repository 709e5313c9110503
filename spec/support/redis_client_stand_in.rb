# frozen_string_literal: true

# The gem redis-client where it is installed. Debian 12 does not have it: there, what kaal-rs sees
# of its clients, over a real connection.
begin
  require 'redis-client'
rescue LoadError
  require 'openssl'
  require 'socket'

  # One connection, opened when it is first used. It has `call`, and none of redis-rb's methods.
  class RedisClient
    CommandError = Class.new(StandardError)
    Middlewares = Class.new
    RubyConnection = Class.new
    SentinelConfig = Class.new

    # What a client was made with.
    Config = Struct.new(
      :host, :port, :path, :db, :username, :password, :ssl, :ssl_params, :inherit_socket, :custom,
      :connect_timeout, :read_timeout, :middlewares_stack, :driver, keyword_init: true
    ) do
      def initialize(**given)
        super({ host: 'localhost', port: 6379, db: 0, username: 'default', ssl: false, connect_timeout: 1.0,
                read_timeout: 1.0, middlewares_stack: Middlewares, driver: RubyConnection }.merge(given))
        @password = given[:password]
      end

      def password
        @password.respond_to?(:call) ? @password.call(username) : @password
      end

      def ssl?
        ssl
      end

      def new_client
        RedisClient.new(self)
      end
    end

    def self.config(...)
      Config.new(...)
    end

    attr_reader :config, :connect_timeout, :read_timeout

    def initialize(config)
      @config = config
      @connect_timeout = config.connect_timeout
      @read_timeout = config.read_timeout
    end

    def call(*command)
      write(command)
      read
    end

    private

    def socket
      @socket ||= (config.ssl? ? encrypted : plain).tap do |socket|
        @socket = socket
        call('AUTH', config.username, config.password) if config.password
        call('SELECT', config.db)
      end
    end

    def plain
      config.path ? UNIXSocket.new(config.path) : TCPSocket.new(config.host, config.port)
    end

    def encrypted
      context = OpenSSL::SSL::SSLContext.new
      context.set_params(config.ssl_params.to_h)
      OpenSSL::SSL::SSLSocket.new(plain, context).tap do |socket|
        socket.hostname = config.host
        socket.connect
      end
    end

    # As redis-client: text and numbers, nothing else.
    def write(command)
      parts = command.map do |part|
        known = [String, Symbol, Numeric].any? { |klass| part.is_a?(klass) }
        raise TypeError, "unsupported command argument: #{part.class}" unless known

        part.to_s.b
      end
      socket.write("*#{parts.size}\r\n", *parts.map { |part| "$#{part.bytesize}\r\n#{part}\r\n" })
    end

    def read
      kind, rest = socket.gets("\r\n").chomp.then { |line| [line[0], line[1..]] }
      case kind
      when '+' then rest
      when ':' then rest.to_i
      when '-' then raise CommandError, rest
      when '$' then rest == '-1' ? nil : socket.read(rest.to_i + 2).chomp("\r\n").force_encoding('UTF-8')
      when '*' then Array.new(rest.to_i) { read }
      end
    end
  end
end
