# frozen_string_literal: true

module Chaos
  # Sets the clock of this process, as far as Ruby tells the time of day; clocks that nobody sets go on, and so do those
  # of Rust.
  module WrongClock
    # @param seconds [Numeric] how far it is ahead
    def self.set(seconds)
      Time.singleton_class.prepend(Module.new { define_method(:now) { |**options| super(**options) + seconds } })
      Process.singleton_class.prepend(Module.new do
        define_method(:clock_gettime) do |clock, unit = :float_second|
          time = super(clock, unit)
          clock == Process::CLOCK_REALTIME && unit == :float_second ? time + seconds : time
        end
      end)
    end
  end
end
