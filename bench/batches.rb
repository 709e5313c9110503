# frozen_string_literal: true

require_relative 'figure'

# Times calls against each other. What else the machine does comes and goes, within milliseconds
# too, and moves a round trip by more than clients differ: so the competitors take turns in short
# batches, each time begun by another one, and the median of a few rounds of turns counts.
class Batches
  ROUNDS = 7
  TURNS = 120

  # @param batch [Integer, Hash{Symbol => Integer}] how many calls in a row, of each competitor
  # @param turns [Integer] how many batches a round has of each
  # @param per [Integer] how many units of work a call does
  # @param competitors [Hash{Symbol => Proc}] `ours:`, `peer:` and perhaps `floor:`, what no client
  #   can be faster than; each is called with a number that it is called with once
  # @return [Figure::Values] the ratio is that of the times above the floor
  def self.compare(batch:, per: 1, turns: TURNS, **competitors)
    new(batch, per, turns, competitors).values
  end

  def initialize(batch, per, turns, competitors)
    @batch = competitors.to_h { |name, _call| [name, batch.is_a?(Hash) ? batch.fetch(name) : batch] }
    @per = per
    @turns = turns
    @competitors = competitors
    @called = Hash.new(0)
  end

  def values
    rounds = Array.new(ROUNDS) { play }
    floors = rounds.filter_map { |times| times[:floor] }
    Figure::Values.new(
      ours: median(rounds.map { |times| times[:ours] }),
      peer: median(rounds.map { |times| times[:peer] }),
      ratio: median(rounds.map { |times| ratio(**times) }),
      floor: (median(floors) unless floors.empty?)
    )
  end

  private

  # One round: microseconds of each competitor.
  def play
    spent = @competitors.transform_values { 0.0 }
    @turns.times do |turn|
      @competitors.to_a.rotate(turn).each { |name, call| spent[name] += seconds(name, call) }
    end
    spent.to_h { |name, seconds| [name, seconds / @turns / @batch[name] / @per * 1e6] }
  end

  def seconds(name, call)
    numbers = @called[name]...(@called[name] += @batch[name])
    started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    numbers.each(&call)
    Process.clock_gettime(Process::CLOCK_MONOTONIC) - started
  end

  def ratio(ours:, peer:, floor: 0)
    (ours - floor) / (peer - floor)
  end

  def median(values)
    values.sort[values.size / 2]
  end
end
