# frozen_string_literal: true

module Kaal
  # Checks what it finds as strictly as what it writes.
  class CronRecord < ActiveRecord::Base
    self.abstract_class = true
    after_find :validate!
  end

  class CronLock < CronRecord
    self.table_name = 'kaal_locks'
    validates :key, presence: true, uniqueness: true
    validates :acquired_at, :expires_at, :created_at, presence: true, on: :update

    def self.cleanup_expired = where('expires_at < ?', Time.now.utc).delete_all
  end

  class CronDispatch < CronRecord
    self.table_name = 'kaal_dispatches'
    validates :key, uniqueness: { scope: :fire_time }
    validates :fire_time, :dispatched_at, :node_id, presence: true
    validates :created_at, :updated_at, presence: true, on: :update
    validates :status, inclusion: { in: %w[dispatched failed] }

    scope :recent, ->(limit = 100) { order(dispatched_at: :desc).limit(limit) }
    scope :by_key, ->(key) { where(key: key) }
    scope :by_node, ->(node_id) { where(node_id: node_id) }
    scope :by_status, ->(status) { where(status: status) }
    scope :since, ->(time) { where('dispatched_at >= ?', time) }
  end

  class CronDefinition < CronRecord
    self.table_name = 'kaal_definitions'
    validates :key, presence: true, uniqueness: true
    validates :cron, :source, presence: true
    validates :created_at, :updated_at, presence: true, on: :update
    scope :enabled, -> { where(enabled: true) }
    scope :disabled, -> { where(enabled: false) }
    scope :by_source, ->(source) { where(source: source) }
    validate { errors.add(:metadata, "is a #{metadata.class}") unless metadata.is_a?(Hash) }

    def to_definition_hash
      attributes.symbolize_keys.slice(:key, :cron, :enabled, :source, :metadata, :created_at, :updated_at, :disabled_at)
    end
  end
end
