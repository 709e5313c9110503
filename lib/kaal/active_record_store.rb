# frozen_string_literal: true

require_relative 'active_record_store/session'
require_relative 'active_record_store/access'
require_relative 'active_record_store/leases'
require_relative 'active_record_store/claims'
require_relative 'active_record_store/open_claims'
require_relative 'active_record_store/intervals'
require_relative 'active_record_store/dispatches'
require_relative 'active_record_store/definitions'
require_relative 'active_record_store/delayed_jobs'

module Kaal
  # The tables in a SQLite database that the app has open: what Native::Database does on a connection
  # of its own, through ActiveRecord's. Two copies of SQLite in a process do not see each other's file
  # locks, so the app's is the only one that may open the file.
  class ActiveRecordStore
    include Leases
    include Claims
    include OpenClaims
    include Intervals
    include Dispatches
    include Definitions
    include DelayedJobs
    include ColumnText

    # @param owner [#connection_pool] a class of ActiveRecord's, as a rule
    def initialize(owner)
      @access = Access.new(owner)
      @tries = Native::Tries.new
    end

    # Creates the tables that are missing. Each statement stands for itself: none has to wait as a
    # part of a transaction that only then becomes a writer.
    #
    # @raise [Backend::StoreError] when the database fails
    def create_tables
      Session::SCHEMA.each { |statement| @access.define { |session| session.run(statement) } }
      nil
    end

    # There is no session that could be lost.
    def losses
      0
    end

    private

    def now_text(plus_ms = 0)
      Native.time_text(Process.clock_gettime(Process::CLOCK_REALTIME, :microsecond) + (plus_ms * 1000))
    end

    def seconds_text(seconds)
      Native.time_text(seconds * 1_000_000)
    end
  end
  private_constant :ActiveRecordStore
end
