# frozen_string_literal: true

require_relative 'signal_pipe'

module Kaal
  # Performs ActiveJob's jobs until TERM or INT. The first of them lets those end that run, the second ends the process
  # at once.
  class WorkerForeground
    # How many jobs at a time, and how long those that run may take after a signal, in seconds.
    CONCURRENCY = 10
    TIMEOUT = 25
    SIGNALS = %w[TERM INT].freeze
    # How long a second signal may wait, in seconds.
    BRIEFLY = 0.05
    private_constant :SIGNALS, :BRIEFLY

    # @param name [String] what runs it, for messages
    # @param screen [#say] what is told of it
    # @param queues [String] their names, in their order, with commas in between
    # @param concurrency [Integer] how many jobs at a time, in all queues together
    # @param timeout [Numeric] seconds
    # @raise [ConfigurationError] when there is no ActiveJob, or no Redis
    # @raise [ArgumentError] when an option cannot be
    def initialize(name, screen, queues: 'default', concurrency: CONCURRENCY, timeout: TIMEOUT)
      raise ArgumentError, "timeout must be seconds from 0, is #{timeout}" if timeout.negative?

      need_active_job
      @name = name
      @screen = screen
      @timeout = timeout
      names = queues.split(',', -1).map(&:strip)
      @worker = Queue.worker(names, concurrency)
      @about = "queues #{names.join(', ')}; #{concurrency} jobs at a time"
    end

    # @raise [Backend::StoreError] when there can be no thread
    def run
      SignalPipe.listen(SIGNALS) do |signals|
        @worker.start
        @screen.say "Kaal worker started: #{@about}"
        warn_of_other_adapter
        signal = signals.next(nil)
        @screen.say "Received #{signal}, stopping Kaal worker..."
        stop(signals)
      end
      @screen.say 'Kaal worker stopped'
    end

    private

    def need_active_job
      return if defined?(::ActiveJob::Base)

      raise ConfigurationError, 'ActiveJob is not loaded, whose jobs are performed: without Rails a file that ' \
                                "--require names has to require 'kaal/active_job'"
    end

    # Some classes may have one of their own.
    def warn_of_other_adapter
      name = ::ActiveJob::Base.queue_adapter_name
      return if name == 'kaal'

      Kaal.logger&.warn("[Kaal] ActiveJob's queue adapter is #{name}, not kaal: it adds no jobs to these queues")
    end

    def stop(signals)
      stopping = Thread.new { @worker.stop(@timeout) }
      until stopping.join(BRIEFLY)
        signal = signals.next(0)
        force("forced to end by #{signal}, while jobs were running") if signal
      end
      force("jobs that did not end within #{@timeout} s were handed back") unless stopping.value
    end

    # Without what is to be done at exit: a job that does not end would be waited for.
    def force(cause)
      $stdout.flush
      warn "#{@name} failed: #{cause}"
      exit!(1)
    end
  end
  private_constant :WorkerForeground
end
