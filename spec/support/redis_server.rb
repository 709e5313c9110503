# frozen_string_literal: true

require 'fileutils'
require 'socket'
require 'tmpdir'

# A Redis of the suite's own, on a free port of the loopback, with a data folder that is thrown
# away. It ends with the suite, also when that is killed: a guard process sees the pipe close.
class RedisServer
  class << self
    # The one of the suite.
    def shared
      @shared ||= new
    end

    def free_port
      TCPServer.open('127.0.0.1', 0) { |server| server.addr[1] }
    end

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

  attr_reader :port, :folder

  # @param options [Hash] settings of redis.conf
  def initialize(**options)
    @folder = Dir.mktmpdir('kaal-redis')
    @options = options
    @port = options[:'tls-port'] || self.class.free_port
    start
  end

  def url
    "redis://127.0.0.1:#{port}"
  end

  # A plain connection for looking at what is there.
  def inspector
    @inspector = nil unless @inspector_pid == Process.pid
    @inspector_pid = Process.pid
    @inspector ||= begin
      require 'redis'
      Redis.new(url: url)
    end
  end

  def flush
    inspector.flushall
  end

  # Stops the server, keeping its port and its data.
  def stop(signal = :TERM)
    Process.kill(signal, @pid)
    Process.wait(@pid)
  end

  def start
    @pid = Process.spawn('redis-server', *arguments, out: File.join(@folder, 'log'), err: %i[child out])
    File.write(pid_file, @pid)
    @guard ||= guard
    wait_until_it_answers
  end

  # Starts it again with further settings.
  def start_with(**options)
    @options = @options.merge(options)
    start
  end

  def pause
    Process.kill(:STOP, @pid)
  end

  def resume
    Process.kill(:CONT, @pid)
  end

  private

  def arguments
    settings = {
      bind: '127.0.0.1', port: @port, save: '', appendonly: 'no', dir: @folder, daemonize: 'no', 'protected-mode': 'no'
    }.merge(@options)
    return sentinel_arguments if @options[:sentinel]

    settings.flat_map { |name, value| ["--#{name}", *value] }.map(&:to_s)
  end

  # A sentinel writes what it learns into its file.
  def sentinel_arguments
    file = File.join(@folder, 'sentinel.conf')
    File.write(file, "bind 127.0.0.1\nport #{@port}\ndir #{@folder}\nsentinel #{@options[:sentinel].join(' ')}\n")
    [file, '--sentinel']
  end

  def pid_file
    File.join(@folder, 'pid')
  end

  # Kills the server and removes its folder when the other end of the pipe closes, which happens
  # when this process ends, in whatever way.
  def guard
    reader, writer = IO.pipe
    script = <<~RUBY
      $stdin.gets
      Process.kill(:KILL, File.read(ARGV[0]).to_i) rescue nil
      require 'fileutils'
      FileUtils.rm_rf(File.dirname(ARGV[0]))
    RUBY
    watcher = Process.spawn('ruby', '-e', script, pid_file, in: reader, pgroup: true)
    Process.detach(watcher)
    reader.close
    writer
  end

  def wait_until_it_answers
    limit = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 10
    begin
      TCPSocket.open('127.0.0.1', @port).close
      UNIXSocket.open(@options[:unixsocket]).close if @options[:unixsocket] # it listens there last
    rescue Errno::ECONNREFUSED, Errno::ENOENT
      raise "Redis did not start: #{File.read(File.join(@folder, 'log'))}" if
        Process.clock_gettime(Process::CLOCK_MONOTONIC) > limit || Process.wait(@pid, Process::WNOHANG)

      sleep 0.01
      retry
    end
  end
end
