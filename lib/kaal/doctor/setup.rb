# frozen_string_literal: true

module Kaal
  class Doctor
    # The configuration, and what kind of backend it has.
    class Setup
      def initialize(configuration)
        @configuration = configuration
        @backend = configuration.backend
      end

      # @return [Array<Finding>]
      def findings
        wrong = @configuration.validate.map do |message|
          Finding.new('configuration', message, 'set it in config/kaal.yml, a variable KAAL_… or Kaal.configure')
        end
        [*wrong, alone, unprotected, scheduler_file].compact
      end

      private

      def alone
        return unless @backend.nil? || @backend.is_a?(Backend::NullAdapter) || @backend.is_a?(Backend::MemoryAdapter)

        what = @backend ? "a #{@backend.class.name.split('::').last}" : 'no backend'
        Finding.new('backend', "#{what} coordinates one process: a second one runs each job again",
                    'use sqlite for the processes of one machine, redis, postgres or mysql for many')
      end

      def unprotected
        return unless @backend.respond_to?(:leases_end_with_process?) && @backend.leases_end_with_process?
        return if @configuration.enable_log_dispatch_registry

        Finding.new('dispatch log', 'session locks end with the process that has them, and no log tells what it has ' \
                                    'dispatched: a run may be dispatched again when a process ends',
                    'set enable_log_dispatch_registry to true, or use lease: table')
      end

      # Read as at a start, with nothing stored.
      def scheduler_file
        SchedulerFileLoader.new(
          configuration: @configuration, definition_registry: Definition::MemoryEngine.new, registry: Registry.new,
          logger: nil, rails_context: (::Rails if defined?(::Rails) && ::Rails.respond_to?(:root))
        ).load
        nil
      rescue SchedulerConfigError => e
        Finding.new('scheduler file', e.message,
                    'mend the file: no scheduler starts with it; `kaal lint` shows all mistakes')
      end
    end
    private_constant :Setup
  end
end
