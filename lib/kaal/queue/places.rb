# frozen_string_literal: true

module Kaal
  module Queue
    # How many more jobs may run, of several queues. While there is no place, queues wait for one in their order.
    class Places
      # @param count [Integer] how many there are
      # @param queues [Integer] how many there are, all of which wait for a place in the beginning
      def initialize(count, queues)
        @free = count
        @waiting = [*0...queues] # ranks
        @open = true
        @mutex = Mutex.new
        @changed = ConditionVariable.new
      end

      # How many are free.
      #
      # @return [Integer]
      def free
        @mutex.synchronize { @free }
      end

      # Takes all that are free, as soon as there is one and no earlier queue waits.
      #
      # @param rank [Integer] of the queue, the smaller the earlier
      # @return [Integer, nil] how many; nil: closed
      def take_all(rank)
        @mutex.synchronize do
          @waiting |= [rank]
          @changed.wait(@mutex) while @open && !(@free.positive? && @waiting.min == rank)
          @waiting.delete(rank)
          take(@free) if @open
        end
      end

      # Takes those that are free now, unless an earlier queue waits.
      #
      # @param most [Integer]
      # @param rank [Integer] of the queue
      # @return [Integer] how many
      def try_take(most, rank)
        @mutex.synchronize do
          @open && @waiting.none? { |other| other < rank } ? take([most, @free].min) : 0
        end
      end

      # @param count [Integer]
      def give_back(count)
        @mutex.synchronize do
          @free += count
          @changed.broadcast
        end
      end

      # Nobody gets one any more.
      def close
        @mutex.synchronize do
          @open = false
          @changed.broadcast
        end
      end

      private

      def take(count)
        @free -= count
        count
      end
    end
    private_constant :Places
  end
end
