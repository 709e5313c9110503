# frozen_string_literal: true

module Kaal
  module SchedulerFile
    # What loading a file has changed, so that it can be taken back.
    class Changes
      def initialize(definition_registry, registry, logger)
        @definition_registry = definition_registry
        @registry = registry
        @logger = logger
        @entries = []
        @definitions = []
      end

      # Adds the callback and stores the definition, unless the same is stored.
      #
      # @param job [Job]
      # @param stored [Hash, nil] the definition that is stored
      def apply(job, stored)
        @entries << [job.key, @registry.find(job.key)]
        @registry.upsert(key: job.key, cron: job.cron, enqueue: Enqueuer.new(job))
        metadata = job.stored_metadata
        return if same?(job, metadata, stored)

        @definitions << [job.key, stored]
        @definition_registry.upsert_definition(
          key: job.key, cron: job.cron, enabled: job.enabled, source: 'file', metadata: metadata
        )
      end

      # Callbacks first, which cannot fail. A store that fails is not asked again: its answers may take long.
      def roll_back
        @entries.reverse_each do |key, entry|
          entry ? @registry.upsert(**entry.to_h) : @registry.remove(key)
        end
        until @definitions.empty?
          restore(*@definitions.last)
          @definitions.pop
        end
      rescue StandardError => e
        @logger&.error('[Kaal] what the scheduler file had changed could not be taken back of ' \
                       "#{@definitions.map(&:first).join(', ')}: #{e.message}")
      end

      private

      def restore(key, stored)
        return @definition_registry.remove_definition(key) unless stored

        @definition_registry.upsert_definition(**stored.slice(:key, :cron, :enabled, :source, :metadata))
      end

      # Each write makes all nodes read the definitions again.
      def same?(job, metadata, stored)
        !stored.nil? && stored.values_at(:cron, :enabled, :source) == [job.cron, job.enabled, 'file'] &&
          comparable(stored[:metadata]) == comparable(metadata)
      end

      # As it is read from a store, and without what the store adds.
      def comparable(metadata)
        plain = JSON.parse(JSON.generate(metadata || {}))
        JobOptions.merge(plain, JobOptions.read({ metadata: plain }))
      end
    end
  end
end
