# frozen_string_literal: true

module Kaal
  module Definition
    # Definitions of one process.
    class MemoryEngine < Registry
      include JsonRecords

      def initialize
        super
        @records = {}
        @mutex = Mutex.new
      end

      private

      def read(key)
        @mutex.synchronize { @records[key] }
      end

      def read_all
        @mutex.synchronize { @records.values }
      end

      def delete(key)
        @mutex.synchronize { @records.delete(key) }
      end

      def change(key)
        @mutex.synchronize do
          json = yield @records[key]
          @records[key] = json if json
        end
      end
    end
  end
end
