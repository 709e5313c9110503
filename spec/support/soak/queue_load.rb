# frozen_string_literal: true

module Soak
  # A queue, and what fills it each second: jobs for now and for later, of which some fail at first.
  class QueueLoad
    EACH_SECOND = 20
    LATER = 2
    private_constant :EACH_SECOND, :LATER

    def initialize(url)
      @done = 0
      @lock = Mutex.new
      delegate = Delegate.new(method(:perform))
      @server = Kaal::Queue::Server.new(delegate, url, prefix: 'soak', backoff: 0.1..1, max_attempts: 50)
      @server.start!
    end

    # Called each second.
    def call
      EACH_SECOND.times do |number|
        later = number < LATER ? { 'scheduled_at' => Time.now.to_f + 3 } : {}
        @server.call({ 'number' => number, **later })
      end
    end

    def counts
      { 'queue jobs' => @done }
    end

    def stop
      @server.stop
    end

    # What a server calls.
    Delegate = Struct.new(:work) do
      def call(job) = work.call(job)
      def start = nil
      def stop = nil
    end

    private

    def perform(job)
      raise 'at first' if job['number'] == EACH_SECOND - 1 && rand < 0.5

      @lock.synchronize { @done += 1 }
    end
  end
end
