# frozen_string_literal: true

module Kaal
  module RSpec
    # The runs whose callbacks have been called in the current example, in their order.
    module Dispatches
      # `fire_time` is a UTC Time.
      Run = Struct.new(:key, :fire_time)
      private_constant :Run

      class << self
        # Notes what is dispatched during the block.
        def record
          @runs = runs = []
          subscriber = Kaal.subscribe('dispatch.kaal') do |*, payload|
            runs << Run.new(payload[:key], payload[:fire_time]) if payload[:attempt] == 1
          end
          yield
        ensure
          Kaal.unsubscribe(subscriber) if subscriber
          @runs = nil
        end

        # @return [Array<Run>]
        # @raise [RuntimeError] outside of an example
        def all
          raise "nothing notes what is dispatched: require 'kaal/rspec' in the spec helper" unless @runs

          @runs.dup
        end
      end
    end
    private_constant :Dispatches
  end
end
