# frozen_string_literal: true

require 'server_process'

# A Redis, or a sentinel. Its options are settings of redis.conf.
class RedisServer < ServerProcess
  class << self
    # A sentinel that watches the server on `port` under the name `master`.
    def sentinel(master, port)
      new(sentinel: ['monitor', master, '127.0.0.1', port, 1])
    end

    # What a Redis client takes to find a master by a sentinel.
    def sentinel_options(master, port)
      if Redis::VERSION.start_with?('4')
        { host: master, sentinels: [{ host: '127.0.0.1', port: port }] }
      else
        { name: master, sentinels: [{ host: '127.0.0.1', port: port }] }
      end
    end
  end

  def url
    "redis://127.0.0.1:#{port}"
  end

  def flush
    inspector.flushall
  end

  private

  def chosen_port
    @options[:'tls-port'] || super
  end

  def command
    ['redis-server', *(@options[:sentinel] ? sentinel_arguments : arguments)]
  end

  def arguments
    settings = {
      bind: '127.0.0.1', port: @port, save: '', appendonly: 'no', dir: @folder, daemonize: 'no', 'protected-mode': 'no'
    }.merge(@options)
    settings.flat_map { |name, value| ["--#{name}", *value] }.map(&:to_s)
  end

  # A sentinel writes what it learns into its file.
  def sentinel_arguments
    file = File.join(@folder, 'sentinel.conf')
    File.write(file, "bind 127.0.0.1\nport #{@port}\ndir #{@folder}\nsentinel #{@options[:sentinel].join(' ')}\n")
    [file, '--sentinel']
  end

  # Whatever it answers, its loop runs, and it listens everywhere that it will.
  def answers?
    TCPSocket.open('127.0.0.1', @port) { |socket| socket.write("PING\r\n") && socket.gets }
    true
  rescue Errno::ECONNRESET
    true # a TLS server, which was not greeted as one
  rescue Errno::ECONNREFUSED
    false
  end

  def connect
    require 'redis'
    Redis.new(url: url)
  end
end
