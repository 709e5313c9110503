# frozen_string_literal: true

# A scheduler that works until its standard input ends, and then prints what it has done.
#
#   node.rb BACKEND ADDRESS SLOW_SECONDS

require 'json'
require 'kaal'
require 'logger'
require 'soak/delayed_load'
require 'soak/queue_load'
require 'soak/workload'

module Soak
  # The scheduler.
  class Node
    # So long records are kept, in seconds, and leases and the look-back last: what is kept for a while must have come
    # to its level when the warm-up is over. Neither is a multiple of the time between runs: what begins with one and
    # ends with another would at times be counted twice, and at times not at all.
    LOG = 16
    LEASE = 12
    private_constant :LOG, :LEASE

    # A Redis whose log is short.
    class RedisAdapter < Kaal::Backend::RedisAdapter
      def dispatch_registry
        @dispatch_registry ||= Kaal::Dispatch::RedisEngine.new(@redis, ttl: LOG)
      end
    end

    ADAPTERS = {
      'redis' => ->(url) { RedisAdapter.new(url) },
      'sqlite' => ->(path) { Kaal::Backend::SQLiteAdapter.new(path: path) },
      'postgres' => ->(url) { Kaal::Backend::PostgresAdapter.new(url, lease: :session) },
      'postgres-table' => ->(url) { Kaal::Backend::PostgresAdapter.new(url, lease: :table) },
      'mariadb' => ->(url) { Kaal::Backend::MySQLAdapter.new(url, lease: :session) },
      'mariadb-table' => ->(url) { Kaal::Backend::MySQLAdapter.new(url, lease: :table) }
    }.freeze

    def initialize(backend, address, slow_seconds)
      configure(ADAPTERS.fetch(backend).call(address))
      @workload = Workload.new(Integer(slow_seconds))
      @workload.register
      @queue = QueueLoad.new(address) if backend == 'redis'
      @loads = [DelayedLoad.new, @queue].compact
    end

    def call
      Kaal.start!
      $stdout.puts 'running'
      $stdout.flush
      each_second { @loads.each(&:call) }
      Kaal.stop!
      @queue&.stop
      puts JSON.generate(@loads.map(&:counts).reduce({ 'runs' => @workload.count }, :merge))
    end

    private

    def configure(adapter)
      Kaal.configure do |config|
        config.backend = adapter
        config.logger = Logger.new(File::NULL)
        config.tick_interval = 1
        config.window_lookback = LEASE - 5
        config.lease_ttl = LEASE
        config.enable_log_dispatch_registry = true
        config.recovery_window = LOG
      end
      adapter.create_tables if adapter.respond_to?(:create_tables)
    end

    # Until nobody holds the other end of standard input.
    def each_second
      until $stdin.wait_readable(1)
        yield
        log = Kaal.dispatch_log_registry
        log.cleanup(recovery_window: LOG) if log.respond_to?(:cleanup)
      end
    end
  end
end

Soak::Node.new(*ARGV).call
