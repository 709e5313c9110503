# frozen_string_literal: true

require 'active_support'
require 'active_support/core_ext/numeric/time'
require 'active_support/core_ext/time/zones'
require 'delayed_jobs'

# What Kaal.enqueue_at takes, and what it refuses.
RSpec.describe Kaal::DelayedJob do
  let(:time) { Time.utc(2030, 1, 2, 3, 4, 5.25r) }

  before { Kaal.backend = Kaal::Backend::MemoryAdapter.new }

  def enqueue(**options)
    Kaal.enqueue_at(**{ at: time, job_class: 'Mailing::Report', args: [], job_id: 'a' }.merge(options))
  end

  # The error of a bad value, with its message.
  def refusal(**options)
    enqueue(**options)
  rescue StandardError => e
    [e.class, e.message]
  end

  {
    'a Time of another zone' => ->(time) { time.getlocal('+05:45') },
    'a time of ActiveSupport' => ->(time) { time.in_time_zone('Asia/Tokyo') },
    'a DateTime' => :to_datetime.to_proc,
    'unix seconds' => :to_f.to_proc,
    'a Rational' => :to_r.to_proc,
    'ISO 8601' => ->(time) { time.getlocal('-08:00').iso8601(6) }
  }.each do |what, make|
    it "takes #{what}" do
      job = enqueue(at: make.call(time))
      expect([job[:run_at], job[:run_at].utc?, Kaal.delayed_jobs.dig(0, :run_at)]).to eq([time, true, time])
    end
  end

  it 'takes whole unix seconds, and rounds what a store could not keep' do
    expect(enqueue(at: 1_900_000_000)[:run_at]).to eq(Time.at(1_900_000_000))
    expect(enqueue(at: Time.at(0, 1_400, :nsec), job_id: 'b')[:run_at]).to eq(Time.at(0, 1, :usec))
  end

  [nil, '', 'tomorrow', '2030-01-02 03:04', :now, Float::NAN, Float::INFINITY, Object.new, [], 1e20].each do |value|
    it "refuses #{value.class} #{value.inspect.slice(0, 20)} as a time" do
      expect(refusal(at: value)).to match([ArgumentError, /\Aat must be /])
    end
  end

  it 'says what to do with a duration' do
    expect(refusal(at: 5.minutes)).to match([ArgumentError, /at must be a time, got 5 minutes, which is a duration: give from_now/])
  end

  {
    { args: { a: 1 } } => 'args must be an Array, got Hash',
    { args: [Float::NAN] } => /\Aargs cannot be written as JSON/,
    { args: ["\xff"] } => /\Aargs cannot be written as JSON/,
    { args: ['x' * 50_000_000] } => 'args are 50000004 bytes as JSON, at most 1048576 will do',
    { job_id: ' ' } => 'job_id cannot be blank',
    { job_id: nil } => 'job_id must be a String, got NilClass',
    { job_id: "a\0" } => 'job_id cannot hold a NUL',
    { job_id: "\xff" } => /\Ajob_id must be valid UTF-8/,
    { queue: '' } => 'queue cannot be blank',
    { queue: [] } => 'queue must be a String, got Array',
    { connection: Object.new } => 'connection is for delayed jobs in a database'
  }.each do |options, message|
    it "refuses #{options.inspect.slice(0, 40)}" do
      expect(refusal(**options)).to match([ArgumentError, message])
      expect(Kaal.delayed_jobs).to eq([])
    end
  end

  it 'refuses a class that is none, is unknown or cannot be called' do
    expect(refusal(job_class: 'Mailing::Gone')).to match([Kaal::SchedulerConfigError, /job_class Mailing::Gone is unknown/])
    expect(refusal(job_class: 'report')).to match([Kaal::SchedulerConfigError, /"report" is no name of a class/])
    expect(refusal(job_class: Comparable)).to match([Kaal::SchedulerConfigError, /Comparable cannot be enqueued/])
    expect(refusal(job_class: Class.new)).to match([Kaal::SchedulerConfigError, /must be a class or its name/])
  end

  it 'refuses a class that is not allowed, however it is written' do
    Kaal.configuration.delayed_job_allowed_class_prefixes = ['Billing::', :Mail]
    expect(enqueue).to include(job_class: 'Mailing::Report')
    Kaal.configuration.delayed_job_allowed_class_prefixes = 'Billing::'
    ['Mailing::Report', '::Mailing::Report', Mailing::Report].each do |job_class|
      expect(refusal(job_class: job_class)).to match([Kaal::SchedulerConfigError, /Mailing::Report is not allowed: .* has Billing::/])
    end
  end

  it 'needs a backend that keeps delayed jobs' do
    [nil, Kaal::Backend::NullAdapter.new, Object.new].each do |backend|
      Kaal.backend = backend
      expect(refusal).to match([ArgumentError, /\Ano store for delayed jobs: .* it is (a |nil)/])
      expect { Kaal.delayed_jobs }.to raise_error(ArgumentError, /no store/)
    end
  end

  it 'counts what there is, where any is kept' do
    enqueue
    expect(Kaal.delayed_job_counts).to eq(waiting: 1, running: 0, failed: 0)
    Kaal.backend.delayed_store.take(time, 1, 60)
    expect(Kaal.delayed_job_counts).to eq(waiting: 0, running: 1, failed: 0)
    Kaal.configuration.enable_delayed_jobs = false
    expect(Kaal.delayed_job_counts).to be_nil
    Kaal.configuration.enable_delayed_jobs = true
    [nil, Kaal::Backend::NullAdapter.new, Object.new].each do |backend|
      Kaal.backend = backend
      expect(Kaal.delayed_job_counts).to be_nil
    end
  end

  it 'is turned off by the configuration' do
    enqueue(at: Time.now - 1)
    Kaal.configuration.enable_delayed_jobs = false
    expect(refusal(job_id: 'b')).to eq([ArgumentError, 'delayed jobs are turned off: config.enable_delayed_jobs is false'])
    Mailing::Report.calls
    Kaal.tick!
    expect(Mailing::Report.calls).to eq([])
  end

  it 'takes a store of an app, through the hook of its adapter' do
    kept = Kaal::Backend::MemoryAdapter.new.delayed_store
    Kaal.backend = Class.new(Kaal::Backend::Adapter) { define_method(:delayed_store) { kept } }.new
    enqueue
    expect(kept.counts).to include(pending: 1)
  end

  it 'has prefixes that say something' do
    Kaal.configuration.delayed_job_allowed_class_prefixes = ['A::', ' ']
    Kaal.configuration.delayed_job_max_attempts = 0
    expect(Kaal.validate).to include(/delayed_job_allowed_class_prefixes cannot hold a blank/, /delayed_job_max_attempts must be greater than 0/)
  end
end
