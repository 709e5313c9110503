# frozen_string_literal: true

require 'fileutils'
require 'json'
require 'mariadb_server'
require 'postgres_server'
require 'rbconfig'
require 'redis_server'
require 'soak/gauges/mariadb'
require 'soak/gauges/of_process'
require 'soak/gauges/postgres'
require 'soak/gauges/redis'
require 'soak/gauges/sqlite'
require 'tmpdir'

module Soak
  # A scheduler in a process of its own, with a store of its own.
  class Subject
    # What opens the gauges of its store.
    BACKENDS = {
      'redis' => -> { Gauges::Redis.new(RedisServer.new) },
      'sqlite' => -> { Gauges::Sqlite.new(Dir.mktmpdir('kaal-soak')) },
      'postgres' => -> { Gauges::Postgres.new(PostgresServer.new) },
      'postgres-table' => -> { Gauges::Postgres.new(PostgresServer.new) },
      'mariadb' => -> { Gauges::Mariadb.new(MariadbServer.new(**MariadbServer::WATCHING)) },
      'mariadb-table' => -> { Gauges::Mariadb.new(MariadbServer.new(**MariadbServer::WATCHING)) }
    }.freeze

    NODE = File.expand_path('node.rb', __dir__)
    private_constant :NODE

    attr_reader :name, :samples

    # @param slow_seconds [Integer] how many seconds the slowest jobs have between two runs
    def initialize(name, slow_seconds)
      @name = name
      @slow_seconds = slow_seconds
      @samples = []
    end

    # Returns when the scheduler runs.
    def start
      @store = BACKENDS.fetch(@name).call
      folders = $LOAD_PATH.map { |folder| "-I#{folder}" }
      @node = IO.popen([RbConfig.ruby, *folders, NODE, @name, @store.address, @slow_seconds.to_s], 'r+')
      @node.gets == "running\n" || raise("#{@name}: the scheduler did not start")
    end

    # @param age [Float] seconds since the run began
    def sample(age)
      @samples << [age, Gauges::OfProcess.new(@node.pid).to_h.merge(@store.to_h(@node.pid))]
    end

    # @return [Hash{String => Integer}] how much of what it has done
    def stop
      @node.close_write
      JSON.parse(@node.read)
    end

    # Ends what is left.
    def finish
      @node&.close
      @store&.finish
    end
  end
end
