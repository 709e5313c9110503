# frozen_string_literal: true

module Kaal
  # A record of the dispatch log: which run was dispatched when and by whom.
  class CronDispatch < Models.parent
    self.table_name = 'kaal_dispatches'

    validates :key, :fire_time, :dispatched_at, :node_id, presence: true
    validates :status, inclusion: { in: %w[dispatched failed] }

    # The last that were dispatched, newest first.
    scope :recent, ->(limit = 100) { order(dispatched_at: :desc).limit(limit) }
    scope :by_key, ->(key) { where(key: key) }
    scope :by_node, ->(node_id) { where(node_id: node_id) }
    scope :by_status, ->(status) { where(status: status) }
    # Dispatched at that time or later.
    scope :since, ->(time) { where(dispatched_at: time..) }
  end
end
