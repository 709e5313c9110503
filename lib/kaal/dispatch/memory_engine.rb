# frozen_string_literal: true

module Kaal
  module Dispatch
    # The dispatch log of one process. Records are kept for a week.
    class MemoryEngine < Registry
      DEFAULT_TTL = 604_800

      def initialize(memory = Native::Memory.new)
        super()
        @memory = memory
      end

      # @return [Hash] the record, with Times
      def log_dispatch(key, fire_time, node_id, status = 'dispatched')
        record = record(key, fire_time, node_id, status)
        @memory.log(record, ttl)
        with_times(record)
      end

      def find_dispatch(key, fire_time)
        with_times(@memory.find(key.to_s, fire_time.to_i))
      end

      def clear
        @memory.clear_records
      end

      def size
        @memory.records
      end

      # How long a record is kept, in seconds.
      def ttl
        DEFAULT_TTL
      end

      # Memory needs none; it is here for those who ask every registry.
      def namespace
        ''
      end
    end
  end
end
