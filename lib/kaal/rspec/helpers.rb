# frozen_string_literal: true

require 'kaal'
require_relative 'be_scheduled'
require_relative 'fire_next_at'
require_relative 'have_dispatched'
require_relative 'travel'

module Kaal
  module RSpec
    # What `require 'kaal/rspec'` adds to examples.
    module Helpers
      # Moves the time on, and ticks at each time on the way at which a run is due: what a running scheduler
      # would have dispatched is dispatched, in its order. What was due before now is not. The time then stands
      # still, until the example ends. Uses `travel_to` of ActiveSupport::Testing::TimeHelpers where that is
      # included, else a stub of `Time.now` by rspec-mocks.
      #
      # @param duration_or_time [Numeric, ActiveSupport::Duration, Time] seconds from now, or when
      # @return [void]
      # @raise [ArgumentError] when that is in the past, or no time
      # @raise [RuntimeError] when nothing is there that could stub the time
      def travel_and_tick(duration_or_time)
        Travel.new { |time| kaal_travel_to(time) }.go(duration_or_time)
      end

      # Matches when runs of a job were dispatched: `expect { … }.to have_dispatched('report')` in the block,
      # `expect(Kaal).to have_dispatched('report')` in the example so far. `.at(time)`: with that fire time;
      # `.times(n)`: so many. A run that is called again after an error counts once.
      #
      # @param key [String, Symbol] of the job
      # @return [Object] a matcher of RSpec
      def have_dispatched(key) # rubocop:disable Naming/PredicateName
        HaveDispatched.new(key)
      end

      # Matches when there is a job: `expect(Kaal).to be_scheduled('report')`. `.with_cron(expression)`: that
      # fires as this expression does; `.enabled`.
      #
      # @param key [String, Symbol] of the job
      # @return [Object] a matcher of RSpec
      def be_scheduled(key)
        BeScheduled.new(key)
      end

      # Matches when that is the next fire time from `Time.now` on: `expect('report').to fire_next_at(time)`, of
      # a job, or of a cron expression.
      #
      # @param time [Time]
      # @return [Object] a matcher of RSpec
      def fire_next_at(time)
        FireNextAt.new(time)
      end

      private

      def kaal_travel_to(time)
        return kaal_travel_with_rails(time) if respond_to?(:travel_to)
        unless respond_to?(:receive, true)
          raise 'travel_and_tick cannot stub the time: include ActiveSupport::Testing::TimeHelpers, or use rspec-mocks'
        end

        allow(Time).to receive(:now).and_return(time)
      end

      def kaal_travel_with_rails(time)
        @kaal_travelled = true
        travel_to(time)
      end
    end
  end
end
