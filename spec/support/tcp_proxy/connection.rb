# frozen_string_literal: true

class TcpProxy
  # The other end sees a reset, not an end.
  def self.reset(socket)
    socket.setsockopt(Socket::Option.linger(true, 0))
    socket.close
  end

  # One direction of a connection: what was read, and when it is due at the other end.
  class Direction
    BYTES = 65_536

    attr_reader :source, :sink

    def initialize(source, sink)
      @source = source
      @sink = sink
      @waiting = []
    end

    # @return [String] what there is now; empty at the end
    def read
      @source.read_nonblock(BYTES, exception: false).then { |bytes| bytes == :wait_readable ? nil : bytes.to_s }
    end

    # @param bytes [String] none at all are the end
    # @param due [Float] seconds of the monotonic clock; never before what was read earlier
    def send_on(bytes, due)
      @read_all = bytes.empty?
      @waiting << [bytes, [due, @waiting.last&.last.to_f].max]
    end

    def reading?
      !@read_all
    end

    # @return [Float, nil] when something is to be written
    def due
      @waiting.first&.last
    end

    def write
      bytes = @waiting.first.first
      return finish if bytes.empty?

      written = @sink.write_nonblock(bytes, exception: false)
      return if written == :wait_writable

      written == bytes.bytesize ? @waiting.shift : @waiting.first[0] = bytes.byteslice(written..)
    end

    def finished?
      @finished
    end

    private

    def finish
      @waiting.clear
      @finished = true
      @sink.close_write
    end
  end

  # A client's connection and ours to the server for it.
  class Connection
    def initialize(client, server)
      @sockets = [client, server]
      @requests = Direction.new(client, server)
      @answers = Direction.new(server, client)
    end

    def directions
      [@requests, @answers]
    end

    # @param chosen [#call, nil] whether the answer to a request is to get lost
    # @return [Boolean] whether these bytes are such an answer
    def loses?(direction, bytes, chosen)
      @awaited = false unless chosen
      return @awaited && !bytes.empty? if direction.equal?(@answers)

      @awaited ||= chosen&.call(bytes)
      false
    end

    def over?
      directions.all?(&:finished?)
    end

    def close
      @sockets.each(&:close)
    end

    def reset
      @sockets.each { |socket| TcpProxy.reset(socket) }
    end
  end
end
