# frozen_string_literal: true

module Kaal
  # What the columns of the tables take for a text.
  module ColumnText
    # What `key`, `cron`, `node_id`, `job_id`, `job_class` and `queue` have room for, in characters.
    ROOM = 255
    private_constant :ROOM

    private

    # SQLite would keep it; other databases cut it, and the JSON of older SQLite ends it at a NUL.
    def check_fits(what, text)
      raise ArgumentError, "#{what} has a NUL, which the tables do not take" if text.include?("\0")
      return if text.length <= ROOM

      raise ArgumentError, "#{what} is #{text.length} characters long, the tables take #{ROOM}"
    end
  end
  private_constant :ColumnText
end
