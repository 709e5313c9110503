# frozen_string_literal: true

module Kaal
  class Coordinator
    # Whether a backend that serves one machine is in use where an app often runs on several.
    module OneMachine
      @warned = false

      # Says so in the log of a Rails app in production, once in a process.
      def self.warn_once(configuration)
        backend = configuration.backend
        return if @warned || !backend.is_a?(Backend::SQLiteAdapter) || backend.path.nil? || !production?

        @warned = true
        configuration.logger&.warn("[Kaal] #{backend.path} coordinates the processes of this machine only: an app " \
                                   'that runs on several runs each job on each of them. There, use Redis, ' \
                                   'PostgreSQL or MySQL')
      end

      def self.production?
        defined?(::Rails) && ::Rails.respond_to?(:env) && ::Rails.env.production?
      end
      private_class_method :production?
    end
    private_constant :OneMachine
  end
end
