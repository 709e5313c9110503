# frozen_string_literal: true

module Kaal
  # A lock as a row, where locks are: SQLite, and PostgreSQL and MySQL with `lease: :table`.
  class CronLock < Models.parent
    self.table_name = 'kaal_locks'

    # Deletes the locks that have ended.
    #
    # @return [Integer] how many
    def self.cleanup_expired
      where(expires_at: ..Time.now.utc).delete_all
    end

    # By the clock of this machine.
    def not_expired?
      expires_at > Time.now
    end
  end
end
