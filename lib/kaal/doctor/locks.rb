# frozen_string_literal: true

module Kaal
  class Doctor
    # Whether a lock that one has another does not get, and can be given back. A proxy that pools transactions gives
    # the sessions of the server to whoever comes, and with them the locks that they have.
    class Locks
      # How long the locks of a check last, should it not end, in seconds.
      SECONDS = 10
      PROXY_CURE = 'behind a proxy that pools transactions (PgBouncer with pool_mode = transaction) use lease: table ' \
                   'and, on PostgreSQL, prepared_statements: false; or connect around it'

      def initialize(configuration)
        @backend = configuration.backend
        @namespace = configuration.namespace
      end

      # @return [Array<Finding>]
      def findings
        return [] if @backend.is_a?(Backend::NullAdapter) # of which {Setup} has told

        [try("#{@namespace}:doctor:#{SecureRandom.uuid}")].compact
      rescue StandardError => e
        [Finding.new('locks', "a lock cannot be had: #{e.message}", cure(e.message))]
      end

      private

      # Stops at the first that is wrong.
      def try(key)
        return finding('a lock that nobody has is not given') unless @backend.acquire(key, SECONDS)

        begin
          twice(key)
        ensure
          released = release(key)
        end || (finding('a lock cannot be given back') unless released)
      end

      def twice(key)
        return finding('a process is given a lock that it has already') if @backend.acquire(key, SECONDS)
        return unless @backend.respond_to?(:with_own_sessions) && @backend.with_own_sessions.acquire(key, SECONDS)

        Finding.new('proxy', 'two sessions are given the same lock: between here and the server a proxy pools them',
                    PROXY_CURE)
      end

      def release(key)
        !@backend.respond_to?(:release) || @backend.release(key)
      end

      def finding(problem)
        Finding.new('locks', problem, 'use one of the built-in backends, or mend acquire and release of this one')
      end

      def cure(message)
        case message
        when /create_tables!/ then Tables::CURE
        when /prepared statement|proxy/ then PROXY_CURE
        else 'mend what the message names'
        end
      end
    end
    private_constant :Locks
  end
end
