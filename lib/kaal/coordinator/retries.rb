# frozen_string_literal: true

require_relative 'monotonic'

module Kaal
  class Coordinator
    # Runs whose callback raised and that are to be called again, in this process, after pauses that
    # double: 1, 2, 4 … 60 seconds, each up to a quarter longer, so that what failed together does not
    # come together again.
    class Retries
      include Monotonic

      LONGEST = 60.0
      private_constant :LONGEST

      def initialize
        @mutex = Mutex.new
        @waiting = []
      end

      # @param run [Object] with `attempt`, how often it was called
      def add(run)
        pause = [2.0**(run.attempt - 1), LONGEST].min * (1 + (rand * 0.25))
        @mutex.synchronize { @waiting << [monotonic + pause, run] }
      end

      # Takes out those whose time has come.
      def take
        now = monotonic
        @mutex.synchronize do
          come, @waiting = @waiting.partition { |at, _run| at <= now }
          come.sort_by(&:first).map(&:last)
        end
      end

      # Takes out all.
      def clear
        @mutex.synchronize { @waiting.map(&:last).tap { @waiting = [] } }
      end

      # In how many seconds the next one comes; nil: none waits.
      def pause
        first = @mutex.synchronize { @waiting.map(&:first).min }
        first && [first - monotonic, 0.0].max
      end
    end
    private_constant :Retries
  end
end
