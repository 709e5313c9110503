# frozen_string_literal: true

module Kaal
  module Backend
    # What a backend is: subclasses acquire and release locks in some store. The scheduler needs
    # `acquire` only; apps may subclass.
    class Adapter
      # Acquires a lock.
      #
      # @param key [String]
      # @param ttl [Numeric] after which the lock ends by itself, in seconds
      # @return [Boolean] false when it is held
      def acquire(key, ttl)
        raise NotImplementedError, "#{self.class} must implement acquire(key, ttl)"
      end

      # @param key [String]
      # @return [Boolean] whether the lock was held by this instance and is released
      def release(key)
        raise NotImplementedError, "#{self.class} must implement release(key)"
      end

      # Runs the block while holding a lock.
      #
      # @param key [String]
      # @param ttl [Numeric] after which the lock ends by itself, in seconds
      # @return the block's value; nil when the lock is held by another
      def with_lock(key, ttl:)
        return unless acquire(key, ttl)

        begin
          yield
        ensure
          release(key)
        end
      end

      # Where definitions are kept; nil: in each process.
      #
      # @return [Definition::Registry, nil]
      def definition_registry
        nil
      end

      # Where delayed jobs are kept, see {DelayedJob::Store}; nil: nowhere.
      #
      # @return [DelayedJob::Store, nil]
      def delayed_store
        nil
      end
    end
  end
end
