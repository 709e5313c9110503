# frozen_string_literal: true

module Chaos
  # The jobs that all nodes of a fleet have: for each guarantee one whose callback returns at once, and one whose
  # callback takes its time, so that what happens can happen within it.
  module Jobs
    CRON = '* * * * * *'
    GUARANTEES = %w[at_most_once at_least_once].freeze
    # How long the callbacks take, in seconds.
    LENGTHS = { 'brief' => 0.0, 'long' => 0.1 }.freeze

    class << self
      # @return [Array<String>] the keys of those with a guarantee
      def keys(guarantee) = LENGTHS.keys.map { |length| "#{guarantee}:#{length}" }

      # @param journal [Journal] which is told of each call
      def register(guarantees, journal)
        guarantees.product(LENGTHS.to_a).each do |guarantee, (name, seconds)|
          key = "#{guarantee}:#{name}"
          Kaal.register(key: key, cron: CRON, guarantee: guarantee.to_sym, enqueue: lambda { |fire_time:, **|
            journal.around(key, fire_time.to_i) { sleep seconds }
          })
        end
      end
    end
  end
end
