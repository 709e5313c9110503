# frozen_string_literal: true

require 'active_job'
require 'scheduler_file'

# How the jobs of a scheduler file are called when they are due.
RSpec.describe Kaal::SchedulerFileLoader, '#load, and what its jobs call' do
  include SchedulerFile

  let(:fire_time) { Time.utc(2026, 3, 1, 12) }
  let(:idempotency_key) { 'kaal-report-1772366400' }

  def fire(**fields)
    write_job(**fields)
    loader.load
    Kaal.registry.find('report').enqueue.call(fire_time: fire_time, idempotency_key: idempotency_key)
  end

  it 'fills in what a run is, as its type where nothing else is there' do
    fire(
      args: ['{{fire_time.unix}}', '{{ fire_time.iso8601 }}', 'at {{fire_time.unix}}, {{key}}', { 'deep' => ['{{key}}'] }, 1.5, nil, true],
      kwargs: { id: '{{idempotency_key}}', json: '{"a":{"b":1}}' }
    )
    expect(SchedulerFile::Later.calls).to eq([[
                                               nil, [1_772_366_400, '2026-03-01T12:00:00Z', 'at 1772366400, report', { 'deep' => ['report'] }, 1.5, nil, true],
                                               { id: idempotency_key, json: '{"a":{"b":1}}' }
                                             ]])
  end

  it 'gives each run arguments of its own' do
    write_job(args: ['text', ['{{key}}']])
    loader.load
    2.times do
      Kaal.registry.find('report').enqueue.call(fire_time: fire_time, idempotency_key: idempotency_key)
      text, list = SchedulerFile::Later.calls.last[1]
      expect([text, list]).to eq(['text', ['report']])
      [text, *list].each { |argument| argument << '!' }
    end
  end

  it 'goes to the queue' do
    fire(queue: 'low', args: [1], kwargs: { a: 2 })
    fire(job_class: 'SchedulerFile::Async', queue: 'low', args: [1])
    fire(job_class: 'SchedulerFile::Async', args: ['{{key}}'])
    fire(job_class: '::SchedulerFile::Plain', args: [1], kwargs: { a: 2 })
    expect(SchedulerFile::Later.calls).to eq([['low', [1], { a: 2 }]])
    expect(SchedulerFile::Async.calls).to eq([[{ queue: 'low' }, [1]], [nil, ['report']]])
    expect(SchedulerFile::Plain.calls).to eq([[[1], { a: 2 }]])
  end

  it 'runs by its schedule' do
    write_job(cron: '* * * * * *', args: ['{{fire_time.unix}}'])
    loader.load
    Kaal.tick!
    expect(SchedulerFile::Later.calls.last).to match([nil, [be_within(5).of(Time.now.to_i)], {}])
  end

  it 'asks for the class anew each time, as code may have been reloaded' do
    stub_const('Reloaded', SchedulerFile::Plain)
    fire(job_class: 'Reloaded')
    stub_const('Reloaded', SchedulerFile::Later)
    entry = Kaal.registry.find('report').enqueue
    entry.call(fire_time: fire_time, idempotency_key: idempotency_key)
    expect([SchedulerFile::Plain, SchedulerFile::Later].map { |job| job.calls.size }).to eq([1, 1])
    hide_const('Reloaded')
    expect { entry.call(fire_time: fire_time, idempotency_key: idempotency_key) }
      .to raise_error(Kaal::SchedulerConfigError, 'job report: job_class Reloaded is unknown: uninitialized constant Reloaded')
  end

  describe 'of ActiveJob' do
    let(:adapter) { ActiveJob::QueueAdapters::TestAdapter.new }
    let(:job) do
      queue_adapter = adapter
      Class.new(ActiveJob::Base) do
        self.queue_adapter = queue_adapter
        queue_as :usual
        define_method(:perform) { |*, **| nil }
      end
    end

    before do
      ActiveJob::Base.logger = nil
      stub_const('ReportJob', job)
    end

    it 'are enqueued with what they can serialize' do
      fire(job_class: 'ReportJob', args: ['{{fire_time.iso8601}}'], kwargs: { at: '{{fire_time.unix}}', options: { 'a' => 1 } })
      expect(adapter.enqueued_jobs.first).to include(job: job, queue: 'usual')
      arguments = ActiveJob::Arguments.deserialize(adapter.enqueued_jobs.first[:args])
      expect(arguments).to eq(['2026-03-01T12:00:00Z', { at: 1_772_366_400, options: { 'a' => 1 } }])
    end

    it 'are enqueued where the file says' do
      fire(job_class: 'ReportJob', queue: 'low')
      expect(adapter.enqueued_jobs).to match([include(queue: 'low', args: [])])
      expect(definition[:metadata]['execution']).to include('target' => 'active_job', 'queue' => 'low')
    end
  end
end
