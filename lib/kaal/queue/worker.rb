# frozen_string_literal: true

module Kaal
  module Queue
    # Performs the jobs of several queues: so many at a time in all, and those of a queue before those of the queues
    # that are named after it.
    class Worker
      # @param delegate [#call] performs a job
      # @param location [Location] of the queues
      # @param queues [Array<String>] their names, in their order
      # @param concurrency [Integer] how many jobs at a time
      # @raise [ArgumentError] when a name or the concurrency cannot be
      # @raise [ConfigurationError] when the location cannot
      def initialize(delegate, location, queues, concurrency)
        check(queues, concurrency)
        @crew = Crew.new(concurrency, queues.size)
        @servers = queues.each_with_index.map do |name, rank|
          location.connect(name) { |redis, settings| LaneServer.new(delegate, redis, @crew, rank, **settings) }
        end
      end

      # Begins to take jobs.
      #
      # @raise [Backend::StoreError] when there can be no thread
      def start
        @servers.each(&:start)
      end

      # Takes no more jobs, and waits for those that run; those that do not end in time are ended, and go back.
      #
      # @param timeout [Numeric] seconds, for all queues together
      # @return [Boolean] whether all ended in time
      def stop(timeout)
        @crew.places.close
        @servers.map { |server| Thread.new { server.stop(timeout: timeout) } }.map(&:value).all?
      ensure
        @crew.close
      end

      private

      def check(queues, concurrency)
        unless queues.any? && queues.none?(&:empty?)
          raise ArgumentError, "queues must be names with commas in between, are #{queues.join(',').inspect}"
        end
        raise ArgumentError, "queue #{queues.tally.key(2)} is named more than once" if queues.uniq.size < queues.size
        return if concurrency.is_a?(Integer) && concurrency.positive?

        raise ArgumentError, "concurrency must be a whole number above 0, is #{concurrency.inspect}"
      end
    end
    private_constant :Worker
  end
end
