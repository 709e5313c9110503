# frozen_string_literal: true

module Kaal
  module SchedulerFile
    # When the process loads its scheduler file: now, before the first start or tick, and again when it has
    # changed or somebody asks.
    class Loading
      def initialize
        @mutex = Mutex.new
        forget
      end

      def forget
        @deferred = false
        @requested = false
        @seen = nil
      end

      # Remembers that the file is to be loaded.
      def defer
        @deferred = true
      end

      # Remembers that the file is to be loaded again. Takes no lock, so that a trap may call it.
      def request
        @requested = true
      end

      # @return [Array<Hash>] see {SchedulerFileLoader#load}
      def load
        @mutex.synchronize { read }
      end

      # Loads it if it is to be loaded: once, unless that fails.
      def load_deferred
        # What the file itself starts finds what is there so far.
        return if !@deferred || @mutex.owned?

        @mutex.synchronize { read if @deferred }
      end

      # Loads it again if that was asked for, or it has changed. Never raises: what was loaded before stays.
      def refresh
        return if !due? || @mutex.owned?

        @requested = false
        load
      rescue SchedulerConfigError => e
        complain(e) # until the file changes
      rescue StandardError => e
        @requested = true # the file may be right, and the store be back soon
        complain(e)
      end

      private

      def due?
        @requested || (Kaal.configuration.scheduler_reload && @seen && @seen != location.state)
      end

      # What changes while it is read is noticed later.
      def read
        @seen = location.state
        jobs = loader.load
        @deferred = false
        jobs
      end

      def location
        Location.new(Kaal.configuration.scheduler_config_path, rails)
      end

      def loader
        SchedulerFileLoader.new(
          configuration: Kaal.configuration, definition_registry: Kaal.definition_registry, registry: Kaal.registry,
          logger: Kaal.logger, rails_context: rails
        )
      end

      # Parts of Rails are loaded in other apps too.
      def rails
        ::Rails if defined?(::Rails) && ::Rails.respond_to?(:root) && ::Rails.respond_to?(:env)
      end

      def complain(error)
        Kaal.logger&.error("[Kaal] the scheduler file was not loaded again, its jobs stay: #{error.message}")
      end
    end
  end
end
