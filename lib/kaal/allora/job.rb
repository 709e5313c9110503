# frozen_string_literal: true

module Kaal
  module Allora
    # Something that runs again and again. Subclasses say when: `next_at(from)`.
    class Job
      # @return [Proc, nil] what runs
      attr_reader :block

      # @param block [Proc] what runs
      def initialize(&block)
        @block = block
      end

      # When it runs next.
      #
      # @param _from [Time] the run is after it
      # @return [Time]
      # @raise [NotImplementedError] here
      def next_at(_from)
        raise NotImplementedError, "#{self.class} must implement next_at(from)"
      end

      # Runs the block without waiting for it: in a forked child, or where the scheduler says so on a thread. What
      # it raises is logged.
      #
      # @return [Thread] which ends with it
      def execute
        return run_on_thread if @forks == false

        $stdout.flush # or the child would write it again
        Process.detach(fork { run_in_child })
      end

      # What the scheduler knows of it.
      #
      # @api private
      def adopt(name, logger, forks)
        @name = name
        @logger = logger
        @forks = forks
        self
      end

      # Runs every so many seconds after it ran.
      class EveryJob < Job
        # @param seconds [Numeric] an ActiveSupport::Duration will do
        # @yield each time that it runs
        # @raise [ArgumentError] unless it is above 0
        def initialize(seconds, &)
          unless seconds.is_a?(Numeric) && seconds.real? && seconds.positive? && seconds.to_f.finite?
            raise ArgumentError, "every must be a number of seconds above 0, is #{seconds.inspect}"
          end

          super(&)
          @seconds = seconds
        end

        # @param from [Time]
        # @return [Time]
        def next_at(from)
          from + @seconds
        end
      end

      # Runs by a cron line.
      class CronJob < Job
        # @param line [String] see {CronLine}
        # @yield each time that it runs
        # @raise [ArgumentError] when it is none
        def initialize(line, &)
          super(&)
          @line = CronLine.new(line)
        end

        # Asked at each poll, it mostly gives what it gave before.
        #
        # @param from [Time]
        # @return [Time]
        def next_at(from)
          return @next if @next && from >= @from && from < @next

          @from = from
          @next = @line.next_time(from)
        end
      end

      private

      def run_on_thread
        Thread.new { run }.tap { |thread| thread.name = "allora #{@name}" }
      end

      # Nothing that the parent does at signals or at its end is the child's to do.
      def run_in_child
        %w[TERM INT QUIT].each { |signal| Signal.trap(signal, 'DEFAULT') }
        done = run
      ensure
        $stdout.flush
        $stderr.flush
        exit!(done ? 0 : 1)
      end

      # @return [Boolean] whether it did not raise
      def run
        @block.call
        true
      rescue StandardError, ScriptError, SystemStackError, NoMemoryError => e
        @logger&.error("[Allora] job #{@name} failed: #{e.class}: #{e.message}")
        false
      end
    end
  end
end
