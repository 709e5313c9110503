# frozen_string_literal: true

require 'socket'
require 'tcp_proxy/connection'

class TcpProxy
  # What becomes of bytes and connections.
  Mode = Struct.new(:delay, :still, :lost, :refusing, :dropped, keyword_init: true)

  # The connections of a proxy, and what is underway on them.
  class Traffic
    HOST = '127.0.0.1'
    SECONDS_TO_CONNECT = 1

    attr_reader :port, :answers_dropped

    def initialize(server_port)
      @server_port = server_port
      @listener = TCPServer.new(HOST, 0)
      @port = @listener.local_address.ip_port
      @connections = []
      @answers_dropped = 0
      @mode = Mode.new
    end

    def mode=(mode)
      lose_all if @mode.lost
      @mode = mode
      if mode.refusing
        @listener.close
      elsif @listener.closed?
        @listener = TCPServer.new(HOST, @port)
      end
    end

    def connections
      @connections.size
    end

    def reset
      @connections.each(&:reset).clear
    end

    def close
      reset
      @listener.close
    end

    # Waits until something can be moved, and moves it.
    #
    # @param bell [IO] for other news
    # @return [Boolean] whether there are some
    def move_until(bell)
      soon, later = @mode.still ? [[], []] : directions.select(&:due).partition { |direction| direction.due <= now }
      readable, writable = IO.select([bell, *sources], soon.map(&:sink), nil, seconds_until(later)).to_a
      return true if readable&.include?(bell)

      @connections.dup.each { |connection| move(connection, readable.to_a, writable.to_a) }
      accept if readable&.include?(@listener)
      false
    end

    private

    # Those too that the system has accepted, and we have not.
    def lose_all
      reset
      loop { TcpProxy.reset(@listener.accept_nonblock) }
    rescue IO::WaitReadable
      nil
    end

    def directions
      @connections.flat_map(&:directions)
    end

    def sources
      return [] if @mode.still

      listeners = [@listener].reject(&:closed?)
      listeners + directions.select(&:reading?).map(&:source)
    end

    def seconds_until(directions)
      directions.map(&:due).min&.then { |due| [due - now, 0].max }
    end

    def accept
      client = @listener.accept
      server = Socket.tcp(HOST, @server_port, connect_timeout: SECONDS_TO_CONNECT)
      [client, server].each { |socket| socket.setsockopt(:TCP, :NODELAY, true) }
      @connections << Connection.new(client, server)
    rescue SystemCallError
      TcpProxy.reset(client)
    end

    def move(connection, readable, writable)
      connection.directions.each do |direction|
        direction.write if direction.due && writable.include?(direction.sink)
        next unless direction.reading? && readable.include?(direction.source)

        return drop(connection) if read(connection, direction) == :lost
      end
      remove(connection, &:close) if connection.over?
    rescue SystemCallError
      remove(connection, &:reset)
    end

    def read(connection, direction)
      bytes = direction.read or return
      return :lost if connection.loses?(direction, bytes, @mode.dropped)

      direction.send_on(bytes, now + @mode.delay.to_f)
    end

    def drop(connection)
      @answers_dropped += 1
      remove(connection, &:reset)
    end

    def remove(connection)
      @connections.delete(connection)
      yield connection
    end

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end
end
