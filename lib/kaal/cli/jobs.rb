# frozen_string_literal: true

module Kaal
  module CLI
    # What is done with jobs now: `kaal tick`, `enable`, `disable`, `run`.
    class Jobs
      # How many keys a message names.
      NAMED = 10
      private_constant :NAMED

      # The definition of a job.
      #
      # @raise [ArgumentError] when there is none; names those that there are
      def self.definition(key)
        registry = Kaal.definition_registry
        registry.find_definition(key) || raise(ArgumentError, unknown(key, registry.all_definitions))
      end

      def self.unknown(key, definitions)
        keys = definitions.map { |definition| definition[:key] }
        return "there is no job #{key}: none is stored so far, which `kaal start` does" if keys.empty?

        more = " and #{keys.size - NAMED} more" if keys.size > NAMED
        "there is no job #{key}: there are #{keys.first(NAMED).join(', ')}#{more}"
      end
      private_class_method :unknown

      # @param output [Output]
      def initialize(output)
        @output = output
      end

      # @raise [SchedulerConfigError] when the scheduler file cannot be loaded
      # @raise [Backend::StoreError] when the store fails
      def tick
        dispatched = 0
        subscriber = Kaal.subscribe('dispatch.kaal') { dispatched += 1 }
        @output.apart { SingleTick.call }
        @output.report({ dispatched: dispatched }) { 'Kaal tick completed' }
        DONE
      ensure
        Kaal.unsubscribe(subscriber)
      end

      # @raise [ArgumentError] when there is no such job
      def enable(key)
        switched(Jobs.definition(key), Kaal.enable(key: key))
      end

      # @raise [ArgumentError] when there is no such job
      def disable(key)
        before = Jobs.definition(key)
        code = switched(before, Kaal.disable(key: key))
        warn "kaal: the scheduler file enables #{key} when it is loaded next: say `enabled: false` there" if
          before[:source] == 'file'
        code
      end

      # @raise [ArgumentError] when there is no such job here
      # @raise [Backend::LockAdapterError] when the store fails
      def dispatch_now(key)
        Jobs.definition(key) unless Kaal.registry.registered?(key)
        failure = nil
        Kaal.configuration.on_error { |error, context| failure = error if context[:key] == key }
        time = @output.apart { Kaal.dispatch_now(key: key) }
        @output.report({ key: key, fire_time: time, failed: !failure.nil? }) do
          "#{key} #{failure ? 'failed' : 'ran'}, with the fire time #{Output.time(time)}"
        end
        failure ? complain(failure) : DONE
      end

      private

      def switched(before, after)
        @output.report(after) { "#{before[:key]} is #{after[:enabled] ? 'enabled' : 'disabled'}" }
        DONE
      end

      def complain(failure)
        warn "kaal: #{failure.class}: #{failure.message}"
        FAILED
      end
    end
    private_constant :Jobs
  end
end
