# frozen_string_literal: true

module Kaal
  module Dispatch
    # The dispatch log of one process. Records are kept for a week.
    class MemoryEngine < Registry
      # How long a record is kept, in seconds: a week.
      DEFAULT_TTL = 604_800

      # @param memory [Native::Memory] where the records are, by default of its own
      def initialize(memory = Native::Memory.new)
        super()
        @memory = memory
      end

      # @param (see Registry#log_dispatch)
      # @return [Hash] the record, with Times
      def log_dispatch(key, fire_time, node_id, status = 'dispatched')
        record = record(key, fire_time, node_id, status)
        @memory.log(record, ttl)
        with_times(record)
      end

      # @param (see Registry#find_dispatch)
      # @return [Hash, nil] the record, with Times
      def find_dispatch(key, fire_time)
        with_times(@memory.find(key.to_s, fire_time.to_i))
      end

      # Forgets all records.
      #
      # @return [void]
      def clear
        @memory.clear_records
      end

      # @return [Integer] how many records there are
      def size
        @memory.records
      end

      # How long a record is kept, in seconds.
      #
      # @return [Integer]
      def ttl
        DEFAULT_TTL
      end

      # Memory needs none; it is here for those who ask every registry.
      #
      # @return [String]
      def namespace
        ''
      end
    end
  end
end
