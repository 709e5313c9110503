# frozen_string_literal: true

module Soak
  module Gauges
    # What a process has, as Linux tells.
    class OfProcess
      def initialize(pid)
        @folder = "/proc/#{pid}"
      end

      # @return [Hash{String => Numeric}]
      def to_h
        status = File.read("#{@folder}/status")
        {
          'rss (MB)' => Integer(status[/^VmRSS:\s+(\d+) kB/, 1]) / 1024.0,
          'fds' => Dir.children("#{@folder}/fd").size,
          'threads' => Integer(status[/^Threads:\s+(\d+)/, 1])
        }
      end
    end
  end
end
