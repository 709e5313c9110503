# frozen_string_literal: true

require 'chaos/adapters'

module Chaos
  # The store of one cell, on a server of its own. A subclass is a kind of server, lies in stores/, and has each
  # backend it is a store for in {Store.kinds}.
  class Store
    class << self
      # @return [Hash{String => Class}] by the names of the backends, see {Adapters}
      def kinds = Stores.constants.flat_map { |name| backends_of(Stores.const_get(name)) }.to_h

      # A store that is up, with all that nodes need.
      #
      # @raise [ArgumentError] when there is none of that name
      def named(backend)
        kinds.fetch(backend) { raise ArgumentError, "no backend #{backend}: there are #{kinds.keys.join(', ')}" }
             .new(backend).tap(&:furnish)
      end

      private

      def backends_of(kind) = kind::BACKENDS.map { |backend| [backend, kind] }
    end

    # @return [String] its name, see {Adapters}
    attr_reader :backend

    # The server; nil: there is none, as with a file.
    #
    # @return [ServerProcess, nil]
    attr_reader :server

    # Through which port of 127.0.0.1 the nodes reach the server, where that is not its own: that of a proxy. Set it in
    # {Nemesis#prepare}.
    #
    # @return [Integer, nil]
    attr_accessor :port

    def initialize(backend)
      @backend = backend
    end

    # Makes what the nodes need, on a server that is up.
    def furnish = adapter.create_tables

    # An adapter past any proxy.
    def adapter = Adapters.open(backend, url)

    # Where the nodes find it.
    #
    # @return [String]
    def address = port ? url.sub(":#{server.port}", ":#{port}") : url

    # Where it is, past any proxy.
    #
    # @return [String]
    def url = server.url

    # Ends the server: `:TERM`, as whoever maintains it does, or `:KILL`, as a crash does. What it had acknowledged
    # lasts.
    def stop(signal = :TERM) = server.stop(signal)

    def start = server.start

    # Whether it is up; not, whether it answers.
    def running? = server.running?

    # All its processes stand still, its connections stay open.
    def pause = server.pause

    def resume = server.resume

    # Forgets everything, as a server that comes back without its disk; it must be up.
    def lose_data
      server.reset
      furnish
    end

    # Ends server and folder for good.
    def finish
      server.stop(:KILL) if running?
    end
  end

  # All that are known to `bin/chaos`.
  module Stores; end
end

Dir[File.join(__dir__, 'stores', '*.rb')].each { |file| require file }
