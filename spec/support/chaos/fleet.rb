# frozen_string_literal: true

require 'json'
require 'chaos/journal'
require 'chaos/jobs'
require 'chaos/member'

module Chaos
  # Scheduler processes that share the jobs of {Jobs} on one store, by numbers from 0 on. Half of them call callbacks
  # on threads, half on the scheduler's own.
  class Fleet
    SIZE = 4
    # Of runs and claims, in seconds.
    LEASE = 3

    # @return [Array<String>] what was wrong with the ends of processes that nobody had killed
    attr_reader :failures

    # Set by a nemesis before the start: gives a node's environment, by its number.
    #
    # @return [#call]
    attr_accessor :environment

    # Set by a nemesis before the start: gives the address by which a node finds the store, by its number.
    #
    # @return [#call]
    attr_accessor :address

    # @return [Journal]
    attr_reader :journal

    # @param store [Store]
    # @param folder [String] for journal and logs
    # @param guarantees [Array<String>] of the jobs to run
    # @param timeline [Timeline]
    def initialize(store, folder, guarantees, timeline)
      @store = store
      @folder = folder
      @guarantees = guarantees
      @timeline = timeline
      @journal = Journal.new(path('journal'))
      @environment = ->(_number) { {} }
      @address = ->(_number) { store.address }
      @members = {}
      @failures = []
    end

    # The numbers of those that run.
    def numbers = @members.keys

    def start(number)
      @members[number] = Member.new(settings(number), environment.call(number), path("log-#{number}"))
    end

    def start_all = Array.new(SIZE) { |number| Thread.new { start(number) } }.each(&:join)

    def pid(number) = @members.fetch(number).pid

    # Sends a signal to a process and those that it has forked.
    def signal(number, name) = @members.fetch(number).signal(name)

    # Ends a process as a crash does.
    def kill(number) = @members.delete(number).kill

    # Ends a process as a deployment does.
    def stop(number)
      note_failure(number, @members.delete(number).stop)
    end

    def stop_all = numbers.map { |number| Thread.new { stop(number) } }.each(&:join)

    def kill_all = numbers.each { |number| kill(number) }

    # Starts those again that have ended by themselves.
    def revive
      @members.reject { |_number, member| member.alive? }.each do |number, member|
        note_failure(number, member.failure || 'ended by itself')
        start(number)
      end
    end

    private

    def note_failure(number, failure)
      return unless failure

      @timeline.note("process #{number}: #{failure}")
      @failures << "process #{number}: #{failure}"
    end

    def settings(number)
      JSON.generate(backend: @store.backend, address: address.call(number), journal: path('journal'),
                    guarantees: @guarantees, threads: number.odd? ? 4 : 0, lease: LEASE)
    end

    def path(name) = File.join(@folder, name)
  end
end
