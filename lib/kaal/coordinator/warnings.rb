# frozen_string_literal: true

module Kaal
  class Coordinator
    # What a start says in the log of how the app is set up.
    module Warnings
      NO_BACKEND = 'no backend is configured: each process dispatches every run. Set config.backend; where that is ' \
                   'meant, to Kaal::Backend::NullAdapter.new'
      private_constant :NO_BACKEND

      @told_of_one_machine = false

      class << self
        # @param unprotected [Boolean] whether nothing tells what a process has dispatched that is gone
        def log(configuration, unprotected)
          messages = configuration.validate.map { |message| "configuration: #{message}" }
          messages << NO_BACKEND if configuration.backend.nil?
          messages << one_machine(configuration.backend) if one_machine?(configuration.backend)
          messages << sessions if unprotected
          messages.each { |message| configuration.logger&.warn("[Kaal] #{message}") }
        end

        private

        # Once in a process: a file that serves one machine, in a Rails app in production.
        def one_machine?(backend)
          return false if @told_of_one_machine || !backend.is_a?(Backend::SQLiteAdapter) || backend.path.nil?

          @told_of_one_machine = defined?(::Rails) && ::Rails.respond_to?(:env) && ::Rails.env.production?
        end

        def one_machine(backend)
          "#{backend.path} coordinates the processes of this machine only: an app that runs on several runs each " \
            'job on each of them. There, use Redis, PostgreSQL or MySQL'
        end

        def sessions
          'session locks end with the process that has them: without enable_log_dispatch_registry a run may ' \
            'be dispatched again when that process ends, and nothing from before this start is dispatched'
        end
      end
    end
    private_constant :Warnings
  end
end
