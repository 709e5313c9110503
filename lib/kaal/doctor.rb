# frozen_string_literal: true

require_relative '../kaal'
require_relative 'doctor/finding'
require_relative 'doctor/definitions'
require_relative 'doctor/driver'
require_relative 'doctor/setup'
require_relative 'doctor/sqlite_copies'
require_relative 'doctor/libraries'
require_relative 'doctor/connection'
require_relative 'doctor/cluster'
require_relative 'doctor/tables'
require_relative 'doctor/collations'
require_relative 'doctor/server_version'
require_relative 'doctor/locks'
require_relative 'doctor/clock'
require_relative 'doctor/time_zones'
require_relative 'doctor/promises'

module Kaal
  # Looks for what is wrong with the set-up of a process and its store, and says how to mend each. Takes a few locks
  # of its own for a moment; changes nothing else.
  #
  #   Kaal::Doctor.new.findings.each { |finding| puts finding.problem, finding.cure }
  class Doctor
    # What needs no store.
    LOCAL = [Setup, SqliteCopies, Libraries].freeze
    # What is in the way of all that asks the store.
    ACCESS = [Cluster, Connection].freeze
    # What asks it.
    STORED = [Tables, Collations, ServerVersion, Locks, Clock, TimeZones, Promises].freeze
    private_constant :LOCAL, :ACCESS, :STORED

    # What could not be looked at, and why.
    #
    # @return [Array<String>]
    attr_reader :unchecked

    # @param configuration [Configuration] what is looked at, with its backend
    def initialize(configuration = Kaal.configuration)
      @configuration = configuration
      @unchecked = []
    end

    # @return [Array<Finding>] empty: nothing is wrong
    def findings
      @unchecked = []
      found = run(LOCAL)
      return found if @configuration.backend.nil?

      ACCESS.each do |check|
        obstacles = run([check])
        return found + obstacles if obstacles.any?
      end
      found + run(STORED)
    end

    private

    def run(checks)
      checks.flat_map do |check|
        check.new(@configuration).findings
      rescue Driver::Unavailable => e
        @unchecked << e.message
        []
      end
    end
  end
end
