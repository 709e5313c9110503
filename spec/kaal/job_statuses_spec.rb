# frozen_string_literal: true

require 'active_support'
require 'active_support/testing/time_helpers'

RSpec.describe 'Kaal.job_statuses' do # rubocop:disable RSpec/DescribeClass
  include ActiveSupport::Testing::TimeHelpers

  let(:noon) { Time.utc(2026, 3, 1, 12, 0, 0) }

  before do
    travel_to(noon)
    Kaal.configuration.enable_log_dispatch_registry = true
    Kaal.backend = Kaal::Backend::MemoryAdapter.new
  end

  after { travel_back }

  def register(cron = '*/10 * * * *', **options)
    Kaal.register(key: 'job', cron: cron, enqueue: ->(**) {}, **options)
  end

  def dispatched(*times, key: 'job')
    times.each { |time| Kaal.dispatch_log_registry.log_dispatch(key, time, 'node') }
  end

  # After that many seconds.
  def status(after = 0)
    travel_to(noon + after)
    Kaal.job_statuses.first
  end

  it 'tell when a job runs next, what was dispatched last, and that it is not late' do
    register
    dispatched(noon, noon + 600)
    expect(status(700).to_h).to include(
      key: 'job', cron: '*/10 * * * *', enabled: true, source: 'code', callback: true, next_time: noon + 1200,
      last_dispatched: noon + 600, late: 0.0, error: nil
    )
  end

  it 'tell how long the oldest run has been due after which there is none in the log' do
    register
    dispatched(noon)
    expect([status(599), status(601), status(1900)].map(&:late)).to eq([0.0, 1.0, 1300.0])
  end

  it 'tell the same by a log that looks up many runs at once' do
    RedisServer.shared.flush
    Kaal.backend = Kaal::Backend::RedisAdapter.new(RedisServer.shared.url)
    register
    dispatched(noon)
    expect([status(599), status(1900)].map { |one| [one.late, one.last_dispatched] })
      .to match([[0.0, noon], [be_within(1).of(1300), noon]])
  end

  it 'take what came later for the end of an outage' do
    register(missed: :latest)
    dispatched(noon, noon + 1800)
    expect(status(1900)).to have_attributes(late: 0.0, last_dispatched: noon + 1800)
  end

  it 'count from the end of the splay' do
    register(splay: 60)
    dispatched(noon)
    expect([status(659), status(670)].map(&:late)).to eq([0.0, 10.0])
  end

  it 'expect nothing from before the job was as it is' do
    travel_to(noon + 30)
    register
    expect(status(60).late).to eq(0.0)
    expect(status(605).late).to eq(5.0)
    travel_to(noon + 1250)
    Kaal.disable(key: 'job')
    Kaal.enable(key: 'job')
    expect(status(1300).late).to eq(0.0)
  end

  it 'expect nothing that no scheduler would make up for any more' do
    Kaal.configuration.recovery_window = 1000
    register
    expect([status(1590), status(1610)].map(&:late)).to eq([990.0, 410.0])
  end

  {
    { missed: :skip } => [[606, 6.0], [607, 0.0]],
    { missed_within: 30 } => [[630, 30.0], [631, 0.0]],
    { missed_within: 2 } => [[606, 6.0], [607, 0.0]]
  }.each do |options, lateness|
    it "go by what the job says of missed runs: #{options}" do
      register(**options)
      dispatched(noon)
      expect(lateness.map { |after, _| [after, status(after).late] }).to eq(lateness)
    end
  end

  it 'do not know how late a job is that is disabled' do
    register
    Kaal.disable(key: 'job')
    expect(status(900)).to have_attributes(enabled: false, next_time: nil, late: nil)
  end

  it 'do not know it without a dispatch log' do
    Kaal.configuration.enable_log_dispatch_registry = false
    register
    expect(status(900)).to have_attributes(late: nil, last_dispatched: nil, next_time: noon + 1200)
  end

  it 'tell why a job never runs' do
    Kaal.definition_registry.upsert_definition(key: 'job', cron: '0 9 * * * Mars/Olympus')
    expect(status).to have_attributes(callback: false, error: /Mars/, next_time: nil)
  end
end
