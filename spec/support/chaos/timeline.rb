# frozen_string_literal: true

module Chaos
  # What was done to a fleet and its store, and when, by the clock that no process here sets.
  class Timeline
    # A fault from its act to its undoing, in seconds of the monotonic clock; `ended` is nil while it lasts.
    Fault = Struct.new(:text, :began, :ended) do
      def overlaps?(first, last) = began <= last && (ended.nil? || ended >= first)

      def instants = [began, ended]
    end

    # Something worth telling that is no fault.
    Note = Struct.new(:text, :began) do
      def overlaps?(first, last) = began.between?(first, last)

      def instants = [began]
    end

    class << self
      # Seconds that all processes of this machine agree on.
      def clock = Process.clock_gettime(Process::CLOCK_MONOTONIC)

      # How far unix time is ahead of {clock}: nobody sets this machine's clock meanwhile.
      def unix_ahead = Process.clock_gettime(Process::CLOCK_REALTIME) - clock
    end

    def initialize
      @mutex = Mutex.new
      @entries = []
      @ahead = Timeline.unix_ahead
    end

    # @return [Float] unix time of an instant of {Timeline.clock}
    def unix(instant) = instant + @ahead

    # @return [Float] the instant of {Timeline.clock} of a unix time
    def instant(unix) = unix - @ahead

    # The block is the act, and gives what it was.
    #
    # @return [Fault]
    def fault
      fault = Fault.new('…', Timeline.clock)
      @mutex.synchronize { @entries << fault }
      fault.text = yield.to_s
      fault
    end

    # The block undoes the fault.
    def undo(fault)
      yield
    ensure
      fault.ended = Timeline.clock
    end

    def note(text)
      @mutex.synchronize { @entries << Note.new(text, Timeline.clock) }
    end

    # The faults that lasted at some instant between two.
    def faults(first, last)
      entries.grep(Fault).select { |fault| fault.overlaps?(first, last) }
    end

    # All that was going on between two instants, one line each, with seconds of unix time as fire times have.
    #
    # @return [Array<String>]
    def lines(first, last)
      entries.select { |entry| entry.overlaps?(first, last) }.map do |entry|
        "#{entry.instants.map { |instant| stamp(instant) }.join('–')} #{entry.text}"
      end
    end

    # @param instant [Float, nil] nil: that has not been seen
    # @return [String] of unix time
    def stamp(instant) = instant ? format('%.3f', unix(instant)) : '…'

    private

    def entries = @mutex.synchronize { @entries.dup }
  end
end
