# frozen_string_literal: true

require 'tcp_proxy/traffic'

# A way to a server on the loopback that can be disturbed. Bytes are bytes to it: Redis, PostgreSQL and MySQL will do.
#
# One thread owns all that there is; what is ordered happens there, and has happened when the call returns. The
# processes that use it must not be forked from this one: they would keep its connections open.
class TcpProxy
  attr_reader :port

  # @param port [Integer] the server's; it need not be there yet
  def initialize(port)
    @server_port = port
    @traffic = Traffic.new(port)
    @port = @traffic.port
    @orders = Thread::Queue.new
    @wakes, @waker = IO.pipe
    @thread = Thread.new { run }
    @thread.abort_on_exception = true
  end

  # @param url [String] of the server
  # @return [String] the same by way of this proxy
  def url(url)
    url.sub(":#{@server_port}", ":#{port}")
  end

  # Ends every disturbance.
  def pass
    order { @traffic.mode = Mode.new }
  end

  # @param seconds [Numeric] by how much bytes come later, each way
  def delay(seconds)
    order { @traffic.mode = Mode.new(delay: seconds) }
  end

  # Nothing moves until the next mode is chosen; then all arrives, late, also what its sender has given up.
  # New connections are made, by the system.
  def stall
    order { @traffic.mode = Mode.new(still: true) }
  end

  # The same, but what was underway and who was connected is lost: they are reset at the next mode, not before.
  def black_hole
    order { @traffic.mode = Mode.new(still: true, lost: true) }
  end

  # Those that there are go on, new ones are refused.
  def refuse
    order { @traffic.mode = Mode.new(refusing: true) }
  end

  # The server acts, and nobody hears of it: in place of the answer the connection is reset. All others pass.
  #
  # @param requests [Regexp] whose answers, by bytes of the request
  # @param share [Float] how many of these, from 0.0 to 1.0
  # @param random [Random] which of them
  def drop_answers(requests = //, share: 1.0, random: Random.new)
    chosen = ->(bytes) { requests.match?(bytes) && random.rand < share }
    order { @traffic.mode = Mode.new(dropped: chosen) }
  end

  # Resets all connections that there are. New ones are treated as before.
  def cut
    order { @traffic.reset }
  end

  # How many clients are connected.
  def connections
    order { @traffic.connections }
  end

  # How many answers got lost.
  def answers_dropped
    order { @traffic.answers_dropped }
  end

  def close
    order { @closed = true } unless @closed
    @thread.join
    [@wakes, @waker].each(&:close)
  end

  private

  def order
    outcome = Thread::Queue.new
    @orders << -> { outcome << yield }
    @waker.write('.')
    outcome.pop
  end

  def run
    step until @closed
    @traffic.close
  end

  def step
    return unless @traffic.move_until(@wakes)

    @wakes.read(1)
    @orders.pop.call
  end
end
