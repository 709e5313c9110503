# frozen_string_literal: true

module Kaal
  module Definition
    # Definitions of one process.
    class MemoryEngine < Registry
      include JsonRecords

      def initialize
        super
        @records = {}
        @version = 0
        @mutex = Mutex.new
      end

      def version
        @mutex.synchronize { @version }
      end

      private

      def read(key)
        @mutex.synchronize { @records[key] }
      end

      def read_all
        @mutex.synchronize { @records.values }
      end

      def delete(key)
        @mutex.synchronize do
          @version += 1
          @records.delete(key)
        end
      end

      def change(key)
        @mutex.synchronize do
          json = yield @records[key]
          @version += 1
          @records[key] = json if json
        end
      end
    end
  end
end
