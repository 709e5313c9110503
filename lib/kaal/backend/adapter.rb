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
      def acquire(_key, _ttl)
        raise NotImplementedError, "#{self.class} must implement acquire(key, ttl)"
      end

      # @return [Boolean] whether the lock was held by this instance and is released
      def release(_key)
        raise NotImplementedError, "#{self.class} must implement release(key)"
      end

      # Runs the block while holding a lock.
      #
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
      def definition_registry
        nil
      end
    end
  end
end
