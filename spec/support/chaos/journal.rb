# frozen_string_literal: true

require 'chaos/timeline'

module Chaos
  # A file to which all processes of a fleet append when a callback begins and ends. What is written is on the disk
  # before the callback goes on, and whole: one small write to a file that is only appended to.
  class Journal
    # A call of a callback; instants are of {Timeline.clock}, `ended` is nil where it has not been seen to return.
    Call = Struct.new(:key, :fire_time, :pid, :began, :ended)

    # @param path [String]
    def initialize(path)
      @path = path
      @file = File.open(path, File::WRONLY | File::APPEND | File::CREAT | File::SYNC)
    end

    # @param fire_time [Integer] unix seconds
    def around(key, fire_time)
      write('begin', key, fire_time)
      yield
      write('end', key, fire_time)
    end

    # @return [Array<Call>] in the order in which they began
    def calls
      open = {}
      File.foreach(@path, chomp: true).filter_map do |line|
        what, key, fire_time, pid, instant = line.split("\t")
        call = [key, fire_time.to_i, pid.to_i]
        next open.delete(call)&.ended = instant.to_f unless what == 'begin'

        open[call] = Call.new(*call, instant.to_f)
      end.grep(Call)
    end

    private

    def write(what, key, fire_time)
      @file.syswrite("#{[what, key, fire_time, Process.pid, Timeline.clock].join("\t")}\n")
    end
  end
end
