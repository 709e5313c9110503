# frozen_string_literal: true

require 'chaos/checker'
require 'chaos/journal'

# What the harness takes for a mistake, by histories that are made up: one that it does not see proves nothing.
RSpec.describe Chaos::Checker do
  let(:timeline) { Chaos::Timeline.new }
  let(:first) { 1_800_000_000 }
  let(:costs) { { 'at_most_once' => [:lost], 'at_least_once' => [:duplicate] } }
  let(:claims) { {} }
  let(:terms) { described_class::Terms.new(targets: first..(first + 2), bound: 30, lease: 3, costs: costs) }
  # Every target once, 0.1 s late.
  let(:calls) { Chaos::Jobs.keys(guarantee).product((first..(first + 2)).to_a).map { |key, fire_time| call(key, fire_time) } }
  let(:guarantee) { 'at_most_once' }

  def call(key, fire_time, after: 0.1)
    began = timeline.instant(fire_time + after)
    Chaos::Journal::Call.new(key, fire_time, 1, began, began + 0.1)
  end

  def verdict
    described_class.new(calls, terms, timeline, ->(*run) { claims[run] }).verdict(guarantee)
  end

  def mistakes = verdict.mistakes.map { |mistake| [mistake.what, mistake.key, mistake.fire_time] }

  # A fault from one unix time to another.
  def fault(began, ended)
    timeline.fault { 'made up' }.tap do |fault|
      fault.began = timeline.instant(began)
      fault.ended = timeline.instant(ended)
    end
  end

  it 'finds nothing where each target ran once' do
    expect(verdict).to have_attributes(runs: 6, lost: 0, duplicate: 0, latest: be_within(0.01).of(0.1), mistakes: [])
  end

  it 'leaves calls of other fire times out' do
    calls.push(call('at_most_once:brief', first - 1), call('at_most_once:brief', first + 3))
    expect(verdict).to have_attributes(runs: 6, ok?: true)
  end

  describe 'a target that did not run' do
    let(:run) { [calls.first.key, calls.first.fire_time] }

    before do
      run
      calls.shift
    end

    it 'is lost where nothing was done' do
      claims[run] = run.last
      expect([mistakes, verdict.lost]).to eq([[['lost', *run]], 1])
    end

    it 'is allowed where it had been claimed, at most once, when a fault came' do
      claims[run] = run.last
      fault(run.last + 1, run.last + 2)
      expect(verdict).to have_attributes(lost: 1, runs: 5, mistakes: [])
    end

    it 'is lost where nobody had claimed it when the fault came' do
      fault(run.last, run.last + 2)
      expect(mistakes).to eq([['lost', *run]])
    end

    it 'is lost where the fault came a lease after the claim, or before it' do
      claims[run] = run.last
      fault(run.last + 4.1, run.last + 5)
      fault(run.last - 10, run.last - 1.1)
      expect(mistakes).to eq([['lost', *run]])
    end

    context 'when it is to run at least once' do
      let(:guarantee) { 'at_least_once' }

      it 'is lost whatever was done' do
        claims[run] = run.last
        fault(run.last, run.last + 2)
        expect(mistakes).to eq([['lost', *run]])
      end
    end
  end

  describe 'a target that ran twice' do
    let(:run) { [calls.first.key, first] }

    before { calls << call(run.first, first, after: 5) }

    it 'is a mistake at most once, whatever was done' do
      fault(first, first + 4)
      expect([mistakes, verdict.duplicate]).to eq([[['called again', *run]], 1])
    end

    context 'when it is to run at least once' do
      let(:guarantee) { 'at_least_once' }

      it 'is allowed where a fault came between' do
        fault(first + 2, first + 4)
        expect(verdict).to have_attributes(duplicate: 1, mistakes: [])
      end

      it 'is a mistake where the faults were before the claim, or after' do
        fault(first - 10, first - 3.1)
        fault(first + 5.1, first + 6)
        expect(mistakes).to eq([['called again', *run]])
      end
    end
  end

  { 'late' => 30.1, 'early' => -1.0 }.each do |what, after|
    it "finds a run that was #{what}" do
      run = calls.shift
      calls.unshift(call(run.key, run.fire_time, after: after))
      expect(mistakes).to eq([[what, run.key, run.fire_time]])
    end
  end
end
