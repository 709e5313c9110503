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

      # What differs after each change.
      #
      # @return [Integer]
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

      def write(changes)
        @mutex.synchronize do
          @version += 1
          changes.map do |key, before, json|
            same = @records[key] == before
            @records[key] = json if same
            same
          end
        end
      end
    end
  end
end
