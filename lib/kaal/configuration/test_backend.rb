# frozen_string_literal: true

module Kaal
  class Configuration
    # The backend of tests: a native connection would wait for the locks that a test's transaction has, and
    # not see what it wrote.
    module TestBackend
      # The backend as configured; with `use_memory_in_tests`, in Rails' test environment, a MemoryAdapter in
      # the place of one that has connections.
      def backend
        configured = super
        return configured unless use_memory_in_tests && replaceable?(configured) && rails_test?

        memory_backend
      end

      private

      def memory_backend
        @memory_backend ||= Backend::MemoryAdapter.new
      end

      # What has connections, also by a subclass. What an app has made itself stays.
      def replaceable?(backend)
        case backend
        when Backend::RedisAdapter, Backend::SQLiteAdapter, Backend::PostgresAdapter, Backend::MySQLAdapter then true
        end
      end

      def rails_test?
        defined?(::Rails) && ::Rails.respond_to?(:env) && ::Rails.env.test?
      end
    end
    private_constant :TestBackend
  end
end
