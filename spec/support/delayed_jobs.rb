# frozen_string_literal: true

require 'delegate'
require 'app_database'
require 'stores'

# What delayed jobs call in specs.
module Mailing
  # Tells what it was called with.
  class Report
    CALLS = Queue.new

    def self.perform(*args)
      CALLS << args
    end

    # All calls since the last time.
    def self.calls
      Array.new(CALLS.size) { CALLS.pop }
    end
  end

  # Fails as often as it is told to.
  class Failing
    class << self
      attr_accessor :failures

      def perform(*args)
        raise "no #{args.first}" if (self.failures -= 1) >= 0

        Report.perform(*args)
      end
    end
  end
end

# The stores that keep delayed jobs, by name; those of {Stores} with leases of one kind.
module DelayedJobStores
  # The process.
  class OfMemory
    def begin = @adapter = Kaal::Backend::MemoryAdapter.new
    def finish = nil

    attr_reader :adapter
  end

  # A Redis through an app's client.
  class OfClient < Stores::OfRedis
    # Which is no Redis, and may do anything.
    Wrapper = Class.new(SimpleDelegator)

    def adapter = Kaal::Backend::RedisAdapter.new(Wrapper.new(Redis.new(url: server.url)))
  end

  # The app's SQLite.
  class OfApp < Stores::OfSqlite
    include AppDatabase

    def initialize(**settings)
      super()
      @settings = settings
    end

    def begin
      super
      connect_app(path, **@settings)
    end

    def finish
      disconnect_app
      super
    end

    def adapter = @path && File.exist?(@path) ? Kaal::Backend::SQLiteAdapter.new : super
  end

  ALL = {
    'memory' => -> { OfMemory.new },
    'a given Redis client' => -> { OfClient.new },
    "the app's SQLite" => -> { OfApp.new },
    "the app's SQLite without prepared statements" => -> { OfApp.new(prepared_statements: false) },
    **Stores::ALL.reject { |name, _| name.end_with?('sessions') }
  }.freeze
end
