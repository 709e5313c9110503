# frozen_string_literal: true

module Kaal
  # The parts of what delayed jobs need, see {Kaal.enqueue_at}.
  module Delayed
    # What no second try can make good.
    class UnusableError < StandardError; end

    # Each process that called the job has died.
    class LostError < StandardError; end

    # @param row [Hash] as a store gives it
    # @return [Hash] the same with Times, and with arguments where these can be read
    def self.readable(row)
      times = row.slice(:run_at, :created_at, :failed_at)
      { **row.except(:flaw, :retaken), **times.transform_values { |micros| micros && RunAt.from_micros(micros) },
        args: readable_args(row[:args]) }
    end

    # @param counts [Hash, nil] as {Kaal.delayed_job_counts} gives them
    # @return [Array<String>] what a status says of them: nothing where there are none
    def self.lines(counts)
      return [] unless counts&.values&.any?(&:positive?)

      ["Delayed jobs: #{counts.map { |what, count| "#{count} #{what}" }.join(', ')}"]
    end

    def self.readable_args(json)
      JSON.parse(json)
    rescue JSON::ParserError
      json
    end
    private_class_method :readable_args
  end
  private_constant :Delayed
end

require_relative 'delayed/run_at'
require_relative 'delayed/allowed_classes'
require_relative 'delayed/draft'
require_relative 'delayed/call'
require_relative 'delayed/app_connection'
require_relative 'delayed/client_jobs'
