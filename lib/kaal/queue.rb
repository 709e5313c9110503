# frozen_string_literal: true

require_relative 'queue/coder'
require_relative 'queue/connection'
require_relative 'queue/settings'
require_relative 'queue/client'
require_relative 'queue/performer'
require_relative 'queue/notices'
require_relative 'queue/threads'
require_relative 'queue/feed'
require_relative 'queue/fibers'
require_relative 'queue/run'
require_relative 'queue/server'
require_relative 'queue/location'
require_relative 'queue/places'
require_relative 'queue/crew'
require_relative 'queue/lane'
require_relative 'queue/lane_server'
require_relative 'queue/worker'
require_relative 'queue/active_job_delegate'

module Kaal
  # A durable queue of jobs on Redis, on the keys and payloads of Async::Job's Redis processor.
  #
  #   delegate = Struct.new(:name) { def call(job) = puts(job['greeting']) }.new
  #   server = Kaal::Queue::Server.new(delegate, 'redis://localhost:6379/0', prefix: 'mails')
  #   server.start
  #   server.call({ 'greeting' => 'hello' })
  #   server.stop
  module Queue
    # A delegate raises it, or a subclass, for a job that must not be tried again: it goes among the dead at once.
    class Fatal < StandardError; end

    class << self
      # The queue of this name, as ActiveJob's adapter and `kaal work` use it: in the configured Redis.
      #
      #   Kaal::Queue.named('mailers').dead
      #
      # @param name [String, Symbol]
      # @return [Client] a new one, with connections of its own
      # @raise [ConfigurationError] when no Redis is configured, or it cannot be used
      def named(name)
        location.client(name)
      end

      # @api private
      # @return [Location] as it is configured now
      # @raise [ConfigurationError] when no Redis is configured
      def location
        Location.new(Kaal.configuration)
      end

      # What performs ActiveJob's jobs.
      #
      # @api private
      # @param names [Array<String>] of the queues, in their order
      # @param concurrency [Integer] how many jobs at a time
      # @return [Worker]
      # @raise [ConfigurationError] when no Redis is configured, or it cannot be used
      # @raise [ArgumentError] when a name or the concurrency cannot be
      def worker(names, concurrency)
        Worker.new(ActiveJobDelegate.new, location, names, concurrency)
      end

      # What is wrong with settings of queues.
      #
      # @api private
      # @param settings [Object]
      # @return [String, nil] nil: nothing
      def settings_error(settings)
        return "must be a Hash, is a #{settings.class}" unless settings.is_a?(Hash)
        return 'cannot have a prefix: that is made of namespace and name' if settings.key?(:prefix)

        Settings.new(settings)
        nil
      rescue ArgumentError => e
        e.message
      end
    end
  end
end
