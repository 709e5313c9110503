# frozen_string_literal: true

require 'chaos/one_server'
require 'tcp_proxy'

module Chaos
  # Sits between the nodes and the server of the store. Subclasses say what the proxy is to do.
  class ProxyNemesis < Nemesis
    extend OneServer

    def prepare
      @proxy = TcpProxy.new(store.server.port)
      store.port = @proxy.port
    end

    def undo = proxy.pass

    def finish = @proxy&.close

    # From moments that a call outlasts to more than any call waits: a second for an answer of Redis, ten for one of
    # a database.
    def lasts = 0.5..(store.backend == 'redis' ? 4.0 : 12.0)

    private

    attr_reader :proxy
  end
end
