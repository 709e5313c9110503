# frozen_string_literal: true

module Kaal
  class Doctor
    # Whether what is to be kept can be read: definitions, and where it is on the dispatch log.
    class Tables
      CURE = 'run the migrations (bin/rails generate kaal:install, bin/rails db:migrate), or `kaal create-tables`; ' \
             'they must be tables of Kaal 0.2 or later'

      def initialize(configuration)
        @configuration = configuration
      end

      # @return [Array<Finding>]
      def findings
        [failure { Definitions.registry(@configuration).all_definitions }, failure { look_up if log? }].compact
      end

      private

      def log?
        @configuration.enable_log_dispatch_registry && @configuration.backend.respond_to?(:dispatch_registry)
      end

      def look_up
        @configuration.backend.dispatch_registry.dispatched?('kaal:doctor', Time.at(0))
      end

      def failure
        yield
        nil
      rescue StandardError => e
        Finding.new('tables', e.message.lines.first.chomp, CURE)
      end
    end
    private_constant :Tables
  end
end
