# frozen_string_literal: true

module Kaal
  # Signals that have come, one after the other. A handler may take no lock, so it only writes down which one it was.
  class SignalPipe
    # Yields one that learns of these signals meanwhile. Afterwards they have the handlers of before.
    #
    # @param signals [Array<String>] without SIG
    # @yieldparam pipe [SignalPipe]
    def self.listen(signals)
      pipe = new
      before = signals.to_h { |signal| [signal, Signal.trap(signal) { pipe.note(signal) }] }
      yield pipe
    ensure
      before&.each { |signal, handler| Signal.trap(signal, handler || 'DEFAULT') }
    end

    def initialize
      @reader, @writer = IO.pipe
    end

    def note(signal)
      @writer.write_nonblock("#{signal}\n", exception: false)
    end

    # @param seconds [Numeric] how long it waits for one
    # @return [String, nil] nil: none has come
    def next(seconds)
      @reader.gets.chomp if @reader.wait_readable(seconds)
    end
  end
  private_constant :SignalPipe
end
