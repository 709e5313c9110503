# frozen_string_literal: true

module Kaal
  module Definition
    # Definitions as JSON texts by key. Includers give `read(key)`, `read_all`, `delete(key)` and
    # `write([[key, json or nil, json], …])`, which writes the last of each where the one before is
    # what is stored, and gives for each whether it was.
    module JsonRecords
      def upsert_definition(key:, cron:, enabled: true, source: 'code', metadata: {})
        draft = { key: key.to_s, cron: cron.to_s, enabled: enabled, source: source.to_s, metadata: to_json(metadata) }
        parse(change(draft[:key]) { |json| Native.upsert_definition(json, draft, Time.now) })
      end

      # Writes the definitions that registering jobs makes of what is stored: those keep whether they are
      # enabled, and their metadata but for what is kaal-rs's own.
      #
      # @param jobs [Array<Array(String, String, Hash)>] key, cron expression and options
      # @api private
      def register_definitions(jobs, source)
        jobs = jobs.map { |key, cron, options| [key, cron, JSON.generate(options)] }
        stored = jobs.size == 1 ? [read(jobs.first.first)].compact : read_all
        until jobs.empty?
          changes = Native.register_definitions(stored, jobs, source, Time.now)
          written = write(changes)
          # What somebody else has changed meanwhile is done again.
          jobs = jobs.zip(written).filter_map { |job, done| job unless done }
          stored = jobs.filter_map { |key, *| read(key) }
        end
      end

      def remove_definition(key)
        parse(delete(key.to_s))
      end

      def find_definition(key)
        parse(read(key.to_s))
      end

      def all_definitions
        read_all.filter_map { |json| parse(json) }.sort_by { |definition| definition[:key] }
      end

      def enable_definition(key)
        switch(key, true)
      end

      def disable_definition(key)
        switch(key, false)
      end

      private

      # Writes what the block gives, if anything, in place of what it got; begun again when somebody else
      # has changed that meanwhile.
      def change(key)
        loop do
          before = read(key)
          json = yield before
          return json if json.nil? || write([[key, before, json]]).first
        end
      end

      def switch(key, enabled)
        parse(change(key.to_s) { |json| json && Native.switch_definition(json, enabled, Time.now) })
      end

      def parse(json)
        definition = json && Native.parse_definition(json)
        definition&.merge(metadata: JSON.parse(definition[:metadata]))
      end

      def to_json(metadata)
        unless metadata.nil? || metadata.is_a?(Hash)
          raise ArgumentError,
                "metadata must be a Hash, is #{metadata.class}"
        end

        JSON.generate(metadata || {})
      rescue JSON::GeneratorError => e
        raise ArgumentError, "metadata cannot be written as JSON: #{e.message}"
      end
    end
    private_constant :JsonRecords
  end
end
