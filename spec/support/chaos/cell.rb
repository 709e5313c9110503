# frozen_string_literal: true

require 'fileutils'
require 'tmpdir'
require 'chaos/checker'
require 'chaos/fleet'
require 'chaos/nemesis'
require 'chaos/report'
require 'chaos/store'
require 'chaos/timeline'

module Chaos
  # One backend under one nemesis: a fleet runs, the nemesis does harm for some time, all becomes quiet, and the checker
  # looks at what has run.
  class Cell
    # How late a run may be, beside what a fault takes, in seconds: leases end, the store answers again, a backlog is
    # worked off.
    BOUND = 30
    # For how many seconds targets go on after the last fault.
    CALM = 3
    # Where journal and logs of a cell that failed are kept.
    KEPT = File.expand_path('../../../tmp/chaos', __dir__)
    # Between two looks at whether all has run, in seconds.
    LOOK = 0.5

    # @param backend [String] see {Adapters}
    # @param nemesis [String] see {Nemesis.all}
    # @param seconds [Numeric] of harm
    # @param seed [Integer] of all that the nemesis does
    # @param guarantees [Array<String>] of the jobs that run
    def initialize(backend:, nemesis:, seconds:, seed:, guarantees: Jobs::GUARANTEES)
      @backend = backend
      @kind = Nemesis.named(nemesis)
      @seconds = seconds
      @random = Random.new(seed)
      @seed = seed
      @guarantees = guarantees
      @timeline = Timeline.new
    end

    # @return [Report]
    def run
      Dir.mktmpdir('kaal-chaos') do |folder|
        @store = Store.named(@backend)
        @fleet = Fleet.new(@store, folder, @guarantees, @timeline)
        @nemesis = @kind.new(@fleet, @store, @random, @timeline)
        with_fleet { rage }
        report.tap { |report| keep(folder, report) unless report.ok? }
      ensure
        @store&.finish
      end
    end

    private

    def with_fleet
      @nemesis.prepare
      @fleet.start_all
      yield
      @fleet.stop_all
    ensure
      @fleet.kill_all
      @nemesis.finish
    end

    def rage
      first = Time.now.to_i + 1
      deadline = Timeline.clock + @seconds
      strike until Timeline.clock > deadline
      @targets = first..(Time.now.to_i + CALM)
      sleep LOOK until all_ran? || Time.now.to_f > @targets.last + bound
    end

    def strike
      pause(@nemesis.rests)
      @nemesis.aim
      fault = @timeline.fault { @nemesis.act }
      begin
        pause(@nemesis.lasts)
      ensure
        @timeline.undo(fault) { @nemesis.undo }
      end
      @fleet.revive
    end

    def pause(range) = sleep(@random.rand(range))

    def bound = BOUND + @nemesis.lasts.end

    def all_ran?
      @fleet.revive
      Time.now.to_f > @targets.last && checker.complete?(@guarantees)
    end

    def checker
      terms = Checker::Terms.new(targets: @targets, bound: bound, lease: Fleet::LEASE, costs: @nemesis.costs)
      Checker.new(@fleet.journal.calls, terms, @timeline, method(:claimed_at))
    end

    def claimed_at(key, fire_time)
      @log ||= @store.adapter.dispatch_registry
      @log.find_dispatch(key, fire_time)&.fetch(:dispatched_at)&.to_f
    end

    def keep(folder, report)
      place = File.join(KEPT, "#{@backend}-#{report.nemesis}-#{@seed}")
      FileUtils.rm_rf(place)
      FileUtils.mkdir_p(KEPT)
      FileUtils.cp_r(folder, place)
      report.failures << "journal and logs: #{place}"
    end

    def report
      checker = self.checker
      Report.new(backend: @backend, nemesis: @kind.label, seconds: @seconds, seed: @seed, timeline: @timeline,
                 verdicts: @guarantees.map { |guarantee| checker.verdict(guarantee) },
                 failures: @nemesis.ends_processes? ? [] : @fleet.failures.dup)
    end
  end
end
