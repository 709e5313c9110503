# frozen_string_literal: true

module Kaal
  module Backend
    # Locks of one process: for tests, development and a single process. They are judged by
    # `Time.now`, so helpers that freeze or move the time move them as well.
    class MemoryAdapter < StoreAdapter
      def initialize
        super
        @memory = Native::Memory.new
      end

      # The dispatch log, in memory.
      #
      # @return [Dispatch::MemoryEngine]
      def dispatch_registry
        @dispatch_registry ||= Dispatch::MemoryEngine.new(@memory)
      end

      # Definitions, in memory.
      #
      # @return [Definition::MemoryEngine]
      def definition_registry
        @definition_registry ||= Definition::MemoryEngine.new
      end

      # Delayed jobs of this process.
      #
      # @return [DelayedJob::Store]
      def delayed_store
        @delayed_store ||= DelayedJob::Store.new(@memory)
      end

      private

      def leases
        @memory
      end

      def store_name
        'Memory'
      end
    end
  end
end
