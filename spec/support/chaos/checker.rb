# frozen_string_literal: true

require 'chaos/jobs'
require 'chaos/timeline'

module Chaos
  # Compares what ran with what should have: each target, a fire time of a job, is matched to one call of its callback
  # that began within `bound` seconds of it. Knows nothing of how a fleet works; what it takes as right is what
  # docs/guarantees.md says.
  class Checker
    # How far a clock may be from the store's without being corrected, in seconds: what begins earlier than that before
    # its fire time is wrong. The corrections of processes differ by less.
    CLOCK_TOLERANCE = 0.55

    # What became of the jobs with one guarantee. Lateness is in seconds.
    Verdict = Struct.new(:guarantee, :runs, :lost, :duplicate, :latest, :mistakes, keyword_init: true) do
      def ok? = mistakes.empty?
    end

    # A target, or a call that belongs to none, that no guarantee allows.
    Mistake = Struct.new(:what, :key, :fire_time, :calls, :until, keyword_init: true)

    # What is right: `targets`, a Range of fire times in unix seconds; `bound`, how late a run may begin, and `lease`, how
    # long a process may go on after a fault as if nothing had been, in seconds; `costs`, what is allowed near a fault, by
    # guarantee: `:lost`, `:duplicate`.
    Terms = Struct.new(:targets, :bound, :lease, :costs, keyword_init: true)

    # @param calls [Array<Journal::Call>]
    # @param terms [Terms]
    # @param timeline [Timeline]
    # @param claimed_at [#call] is given key and fire time of a run, and tells when it was claimed by the log, in unix
    #   seconds; nil: it has no record
    def initialize(calls, terms, timeline, claimed_at)
      @calls = calls.group_by { |call| [call.key, call.fire_time] }
      @terms = terms
      @timeline = timeline
      @claimed_at = claimed_at
    end

    # @return [Verdict]
    def verdict(guarantee)
      runs = targets(guarantee).to_h { |run| [run, @calls.fetch(run, [])] }
      lost, kept = runs.partition { |_run, calls| calls.empty? }.map(&:to_h)
      repeated = kept.select { |_run, calls| calls.size > 1 }
      Verdict.new(guarantee: guarantee, runs: kept.size, lost: lost.size,
                  duplicate: repeated.sum { |_run, calls| calls.size - 1 },
                  latest: kept.map { |run, calls| lateness(run, calls.first) }.max.to_f,
                  mistakes: [*losses(guarantee, lost.keys), *duplicates(guarantee, repeated), *untimely(kept)])
    end

    # Whether there is nothing to wait for: all has run but what may be lost.
    def complete?(guarantees)
      guarantees.all? do |guarantee|
        losses(guarantee, targets(guarantee).reject { |run| @calls.key?(run) }).empty?
      end
    end

    private

    def targets(guarantee) = Jobs.keys(guarantee).product(@terms.targets.to_a)

    # In seconds.
    def lateness((_key, fire_time), call) = @timeline.unix(call.began) - fire_time

    def losses(guarantee, runs)
      runs.reject { |run| allowed?(guarantee, :lost) && lost_with_its_process?(*run) }
          .map { |run| mistake('lost', run, [], @timeline.instant(run.last) + @terms.bound) }
    end

    def allowed?(guarantee, cost) = @terms.costs.fetch(guarantee, []).include?(cost)

    # A run that some process had claimed, by the log, when a fault came before it could call it: the log tells whole
    # seconds.
    def lost_with_its_process?(key, fire_time)
      claimed = @claimed_at.call(key, fire_time)
      return false unless claimed

      instant = @timeline.instant(claimed)
      @timeline.faults(instant - 1, instant + 1 + @terms.lease).any?
    end

    def duplicates(guarantee, repeated)
      repeated.flat_map do |run, calls|
        wrong = calls.each_cons(2).reject { |pair| allowed?(guarantee, :duplicate) && interrupted?(*pair) }
        wrong.map { |pair| mistake('called again', run, calls, pair.last.began) }
      end
    end

    # A fault between the claim, which is made within a lease of the call, and the next call.
    def interrupted?(call, next_call)
      @timeline.faults(call.began - @terms.lease, next_call.began).any?
    end

    def untimely(kept)
      kept.filter_map do |run, calls|
        late = lateness(run, calls.first)
        next if late.between?(-CLOCK_TOLERANCE, @terms.bound)

        mistake(late.negative? ? 'early' : 'late', run, calls, calls.first.began)
      end
    end

    def mistake(what, (key, fire_time), calls, last)
      Mistake.new(what: what, key: key, fire_time: fire_time, calls: calls, until: last)
    end
  end
end
