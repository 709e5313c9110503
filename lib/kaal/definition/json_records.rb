# frozen_string_literal: true

module Kaal
  module Definition
    # Definitions as JSON texts by key. Includers give `read(key)`, `read_all`, `delete(key)` and
    # `write([[key, json or nil, json], …])`, which writes the last of each where the one before is
    # what is stored, and gives for each whether it was.
    module JsonRecords
      # How many jobs are registered at once: what that needs beside the jobs themselves is small.
      SLICE = 1_000
      private_constant :SLICE

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
        key, = jobs.first
        stored = jobs.size == 1 ? { key => read(key) } : by_key(read_all)
        jobs.each_slice(SLICE) { |some| register_some(some, stored, source) }
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

      # What somebody else has changed meanwhile is done again.
      def register_some(jobs, stored, source)
        until jobs.empty?
          registrations = jobs.map do |key, cron, options|
            [key, cron, options.empty? ? '{}' : JSON.generate(options), stored[key]]
          end
          written = write(Native.register_definitions(registrations, source, Time.now))
          jobs = jobs.zip(written).filter_map { |job, done| job unless done }
          jobs.each { |key, *| stored[key] = read(key) }
        end
      end

      def by_key(records)
        Native.definition_keys(records).zip(records).to_h
      end

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
        return unless definition

        definition[:metadata] = metadata_of(definition[:metadata])
        definition
      end

      # What is nested deeper than JSON of ours can be is nothing that we wrote; the core reads a little deeper.
      def metadata_of(json)
        json == '{}' ? {} : JSON.parse(json)
      rescue JSON::NestingError
        {}
      end

      def to_json(metadata)
        unless metadata.nil? || metadata.is_a?(Hash)
          raise ArgumentError,
                "metadata must be a Hash, is #{metadata.class}"
        end

        JSON.generate(metadata || {})
      rescue JSON::GeneratorError, JSON::NestingError => e
        raise ArgumentError, "metadata cannot be written as JSON: #{e.message}"
      end
    end
    private_constant :JsonRecords
  end
end
