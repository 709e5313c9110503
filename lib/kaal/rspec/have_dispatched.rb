# frozen_string_literal: true

require_relative 'matcher'
require_relative 'dispatches'

module Kaal
  module RSpec
    # `have_dispatched`: whether runs of a job were dispatched, in a block or in the example so far.
    class HaveDispatched < Matcher
      def initialize(key)
        super()
        @key = JobKey.of(key)
      end

      # @param time [Time] the fire time
      def at(time)
        @time = time.to_time
        self
      end

      # @param number [Integer] of runs; without it, one or more
      def times(number)
        @times = number
        self
      end

      def supports_block_expectations?
        true
      end

      def matches?(actual)
        @runs = runs(actual)
        number = dispatched.count { |run| @time.nil? || run.fire_time == @time }
        @times ? number == @times : number.positive?
      end

      def description
        ["dispatch #{@key}", (" at #{Wording.time(@time)}" if @time), (" #{Wording.times(@times)}" if @times)].join
      end

      private

      def subject
        @block ? 'the block' : 'Kaal'
      end

      def runs(actual)
        return Dispatches.all if actual.equal?(Kaal)

        refuse(actual, 'a block or Kaal') unless actual.is_a?(Proc)
        @block = actual
        before = Dispatches.all.size
        actual.call
        Dispatches.all.drop(before)
      end

      def dispatched
        @runs.select { |run| run.key == @key }
      end

      def found
        unless dispatched.empty?
          times = dispatched.map { |run| Wording.time(run.fire_time) }
          return "it was dispatched #{Wording.times(times.size)}: at #{times.join(', ')}"
        end

        others = @runs.map { |run| "#{run.key} at #{Wording.time(run.fire_time)}" }
        "it was not dispatched; dispatched was: #{Wording.list(others, 'nothing')}#{unknown}"
      end

      def unknown
        keys = definitions.map { |definition| definition[:key] }
        "; no job has this key, there are: #{Wording.list(keys, 'none')}" unless keys.include?(@key)
      end
    end
    private_constant :HaveDispatched
  end
end
