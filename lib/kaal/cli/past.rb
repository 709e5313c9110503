# frozen_string_literal: true

require_relative 'progress'

module Kaal
  module CLI
    # What is done with runs of the past: `kaal history`, `kaal backfill`.
    class Past
      # What is shown of a record.
      FIELDS = %i[fire_time status dispatched_at node_id].freeze
      COLUMNS = ['FIRE TIME', 'STATUS', 'DISPATCHED', 'NODE'].freeze
      # How many fire times are looked up where a log does not find by key.
      LOOK_UP = 1_000
      # What names a time zone, without which a time would be that of whichever machine reads it.
      ZONED = /(?:Z|UTC|[+-]\d\d:?\d\d)\s*\z/i
      private_constant :FIELDS, :COLUMNS, :LOOK_UP, :ZONED

      # @param output [Output]
      def initialize(output)
        @output = output
      end

      # @param count [Integer] of runs at most
      # @raise [ArgumentError] when there is no such job
      # @raise [ConfigurationError] when dispatches are not logged
      def history(key, count)
        found = records(Jobs.definition(key), count)
        records = found.map { |record| FIELDS.to_h { |field| [field, record[field]] } }
        @output.report(records) { text(records) }
        DONE
      end

      # @param from [String] a time
      # @param till [String]
      # @raise [ArgumentError] when they are no times, or there is no such job
      # @raise [ConfigurationError] when dispatches are not logged
      # @raise [Backend::LockAdapterError] when the store fails; it can be called again
      def backfill(key, from, till)
        Jobs.definition(key)
        first = time('--from', from)
        last = time('--to', till)
        total = @output.apart do
          Progress.over(key, first, last) do |reach|
            Kaal.backfill(key: key, from: first, to: last) { |time, _total| reach.call(time) }
          end
        end
        @output.report({ key: key, from: first, to: last, dispatched: total }) { "#{total} runs of #{key} dispatched" }
        DONE
      end

      private

      def records(definition, count)
        log = Kaal.dispatch_log_registry
        unless log && Kaal.configuration.enable_log_dispatch_registry
          raise ConfigurationError, 'a history needs enable_log_dispatch_registry: nothing else tells what has run'
        end
        return log.find_by_key(definition[:key], limit: count) if log.is_a?(Dispatch::DatabaseEngine)
        return log.find_by_key(definition[:key]).first(count) if log.respond_to?(:find_by_key)

        by_schedule(log, definition).first(count)
      end

      # A log that does not find by key is asked for each fire time, as far back as it keeps records.
      def by_schedule(log, definition)
        oldest = (now = Time.now + Kaal.clock_skew.to_f) - log.ttl
        times = JobSchedule.before(JobSchedule.of(definition), now).take_while { |time| time > oldest }.first(LOOK_UP)
        times.lazy.filter_map { |time| log.find_dispatch(definition[:key], time) }
      end

      def text(records)
        return 'the dispatch log has no record of it' if records.empty?

        rows = records.map { |record| FIELDS.map { |field| cell(record[field]) } }
        Output.table([COLUMNS, *rows])
      end

      def cell(value)
        value.respond_to?(:utc) ? Output.time(value) : value.to_s
      end

      def time(option, text)
        raise ArgumentError, "#{option} must name its time zone, as in 2026-03-01T00:00:00Z, is #{text}" unless
          ZONED.match?(text)

        Time.parse(text)
      rescue ArgumentError => e
        raise e if e.message.start_with?(option)

        raise ArgumentError, "#{option} must be a time such as 2026-03-01T00:00:00Z, is #{text}"
      end
    end
    private_constant :Past
  end
end
