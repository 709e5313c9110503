# frozen_string_literal: true

require_relative 'metadata'
require_relative 'definition_records'

module Kaal
  # A job that the nodes share.
  class CronDefinition < Models.parent
    self.table_name = 'kaal_definitions'

    attribute :metadata, Models::Metadata.new, default: -> { {} }

    validates :key, :cron, :source, presence: true

    scope :enabled, -> { where(enabled: true) }
    scope :disabled, -> { where(enabled: false) }
    scope :by_source, ->(source) { where(source: source) }

    # Creates or changes a definition, as {Definition::Registry#upsert_definition} does, but through
    # ActiveRecord: within the transaction that is open.
    #
    # @param (see Definition::Registry#upsert_definition)
    # @return [CronDefinition]
    # @raise [ActiveRecord::RecordInvalid] when key, cron or source is blank
    def self.upsert_definition!(key:, cron:, enabled: true, source: 'code', metadata: {})
      Definition.const_get(:ModelRecords).new(self).upsert_definition(
        key: key, cron: cron, enabled: enabled, source: source, metadata: metadata
      )
      find_by!(key: key.to_s)
    end

    # @return [Hash] `key cron enabled source metadata created_at updated_at disabled_at`, times in UTC
    def to_definition_hash
      {
        key: key, cron: cron, enabled: enabled, source: source, metadata: metadata.deep_dup,
        created_at: created_at&.to_time&.utc, updated_at: updated_at&.to_time&.utc,
        disabled_at: disabled_at&.to_time&.utc
      }
    end

    # @return [Hash] as {#to_definition_hash}
    def destroy_and_return_definition_hash
      destroy!
      to_definition_hash
    end
  end
end
