# frozen_string_literal: true

module Kaal
  module Definition
    # Definitions as JSON texts by key. Includers give `read(key)`, `read_all`, `delete(key)` and
    # `change(key) { |json_or_nil| json_or_nil }`, which writes what the block gives, if anything,
    # in place of what the block got.
    module JsonRecords
      def upsert_definition(key:, cron:, enabled: true, source: 'code', metadata: {})
        draft = { key: key.to_s, cron: cron.to_s, enabled: enabled, source: source.to_s, metadata: to_json(metadata) }
        parse(change(draft[:key]) { |json| Native.upsert_definition(json, draft, Time.now) })
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
