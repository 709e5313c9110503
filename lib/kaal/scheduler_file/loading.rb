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
        within_app { @mutex.synchronize { read } }
      end

      # Loads it if it is to be loaded: once, unless that fails.
      def load_deferred
        # What the file itself starts finds what is there so far.
        return if !@deferred || @mutex.owned?

        within_app { @mutex.synchronize { read if @deferred } }
      end

      # Reads it if it is to be loaded, which is still to be done then.
      #
      # @param definitions [Definition::Registry] where the definitions go, instead of what is stored
      def read_deferred(definitions)
        within_app { @mutex.synchronize { loader(definitions).load } } if @deferred
      end

      # For a scheduler that runs: loads it if that was asked for, or was deferred after the start, or it has
      # changed. Never raises: what was loaded before stays.
      #
      # @yieldparam error [StandardError] why it could not be
      def refresh
        return if !due? || @mutex.owned?

        @requested = @deferred = false
        load
      rescue SchedulerConfigError => e
        yield e # until the file changes
      rescue StandardError => e
        @requested = true # the file may be right, and the store be back soon
        yield e
      end

      private

      # The file's ERB and the classes that it names are code of the app's, which may take connections. Outside
      # of the lock, as code that is reloaded there runs what the app has for `to_prepare`.
      def within_app(&)
        Kaal.configuration.within_app(&)
      end

      def due?
        @requested || @deferred || (Kaal.configuration.scheduler_reload && @seen && @seen != location.state)
      end

      # What changes while it is read is noticed later.
      def read
        @seen = location.state
        jobs = loader(Kaal.definition_registry).load
        @deferred = false
        jobs
      end

      def location
        Location.new(Kaal.configuration.scheduler_config_path, rails)
      end

      def loader(definitions)
        SchedulerFileLoader.new(
          configuration: Kaal.configuration, definition_registry: definitions, registry: Kaal.registry,
          logger: Kaal.logger, rails_context: rails
        )
      end

      # Parts of Rails are loaded in other apps too.
      def rails
        ::Rails if defined?(::Rails) && ::Rails.respond_to?(:root) && ::Rails.respond_to?(:env)
      end
    end
  end
end
