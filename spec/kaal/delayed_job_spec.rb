# frozen_string_literal: true

require 'delayed_jobs'

# The contract of delayed jobs, on each store.
RSpec.describe Kaal::DelayedJob do
  let(:now) { Time.now }
  let(:backend) { Kaal.backend.delayed_store }

  DelayedJobStores::ALL.each do |name, make|
    context "with #{name}" do
      let(:store) { make.call }

      before do
        store.begin
        Kaal.backend = store.adapter
        Kaal.logger = Logger.new(@log = StringIO.new)
        Mailing::Report.calls
      end

      after { store.finish }

      def enqueue(job_id, at: now, args: [job_id], job_class: Mailing::Report, **options)
        Kaal.enqueue_at(at: at, job_class: job_class, args: args, job_id: job_id, **options)
      end

      # As a claim whose lease has ended.
      def take_again
        wait_for('the lease to end') { backend.take(now + 60, 1, 60).first }
      end

      it 'gives the job as it was enqueued' do
        job = enqueue('team:1', at: now + 60, args: [1, { 'a' => [nil, 'ü'] }], queue: :low)
        expect(job).to match(job_id: 'team:1', run_at: be_within(0.001).of(now + 60), job_class: 'Mailing::Report',
                             args: [1, { 'a' => [nil, 'ü'] }], queue: 'low', created_at: be_within(60).of(now))
        expect(Kaal.delayed_jobs).to eq([job])
        expect(job[:run_at]).to be_utc
      end

      it 'dispatches what is due by time and id, and nothing else' do
        enqueue('late', at: now + 3_600)
        enqueue('b')
        enqueue('a')
        enqueue('first', at: now - 7)
        Kaal.tick!
        expect(Mailing::Report.calls).to eq([['first'], ['a'], ['b']])
        expect(backend.counts).to eq(pending: 1, claimed: 0, failed: 0)
      end

      it 'has one pending job of an id' do
        enqueue('a')
        expect { enqueue('a', args: []) }.to raise_error(Kaal::DelayedJob::DuplicateJobError, /id a is pending/)
        Kaal.tick!
        enqueue('a', args: [2])
        Kaal.tick!
        expect(Mailing::Report.calls).to eq([['a'], [2]])
      end

      it 'dispatches hundreds in batches' do
        300.times { |n| enqueue("job #{n}", at: now - n) }
        Kaal.tick!
        expect(Mailing::Report.calls.flatten).to eq(Array.new(300) { |n| "job #{299 - n}" })
        expect(backend.counts).to eq(pending: 0, claimed: 0, failed: 0)
      end

      it 'has what failed taken again when its pause is over' do
        Mailing::Failing.failures = 1
        enqueue('a', job_class: Mailing::Failing)
        Kaal.tick!
        expect(backend.counts).to eq(pending: 0, claimed: 1, failed: 0)
        expect(backend.next_due).to match([nil, be_between(0.5, 1.25)])
        Kaal.tick!
        expect([Mailing::Report.calls, @log.string]).to match([[], /delayed job a at .* failed, trying again: RuntimeError: no a/])
      end

      it 'gives up what fails too often, lists it, and has it tried again or forgets it' do
        Kaal.configuration.delayed_job_max_attempts = 1
        Mailing::Failing.failures = 2
        %w[a b].each { |job_id| enqueue(job_id, job_class: Mailing::Failing) }
        Kaal.tick!
        failed = Kaal.failed_delayed_jobs
        expect(failed).to contain_exactly(
          include(job_id: 'a', error: 'RuntimeError: no a', attempts: 1, args: ['a'], failed_at: be_within(60).of(now)),
          include(job_id: 'b', error: 'RuntimeError: no b', job_class: 'Mailing::Failing')
        )
        ids = failed.to_h { |job| job.values_at(:job_id, :id) }
        expect([Kaal.retry_failed_delayed_job(ids['a']), Kaal.discard_failed_delayed_job(ids['b'])]).to eq([true, true])
        expect([Kaal.retry_failed_delayed_job(ids['b']), Kaal.discard_failed_delayed_job('x')]).to eq([false, false])
        wait_for('the job') { [Kaal.tick!, Mailing::Report.calls == [['a']]].last }
        expect([Kaal.failed_delayed_jobs, Kaal.failed_delayed_jobs(limit: 0)]).to eq([[], []])
      end

      it 'is taken again when its lease has ended' do
        enqueue('a')
        taken = backend.take(now + 1, 10, 0.05).first
        expect(taken).to include(attempts: 0, retaken: false)
        again = take_again
        expect(again).to eq(taken.merge(id: again[:id], retaken: true))
        expect(backend.renew_claims([again[:id], 'x'], { ttl: 60 })).to eq([true, false])
        backend.close_claims('', [again[:id]])
        expect(backend.renew_claims([again[:id]], { ttl: 60 })).to eq([false])
      end

      it 'heeds nobody who had it before' do
        enqueue('a')
        id = backend.take(now + 1, 10, 0.05).first[:id]
        again = take_again
        backend.put_off(id, 0.001, 7)
        backend.fail(id, 'not his', 7)
        backend.close_claims('', [id])
        expect([backend.note_call(id, 7, 60), backend.renew_claims([id], { ttl: 60 })]).to eq([false, [false]])
        expect(backend.counts).to eq(pending: 0, claimed: 1, failed: 0)
        backend.put_off(again[:id], 0.001, 2)
        expect(take_again).to include(attempts: 2)
      end

      it 'is taken with no more than 16 MiB of others', unless: name == 'memory' do
        large = ['x' * (1_048_576 - 4)]
        18.times { |n| enqueue(format('job %02d', n), args: large) }
        taken = backend.take(now + 1, 100, 0.5)
        expect(taken.map { |job| job[:job_id] }).to eq(Array.new(16) { |n| format('job %02d', n) })
        wait_for('the leases to end') { backend.next_due.last.negative? }
        expect([backend.take(now + 1, 100, 60).size, backend.take(now + 1, 100, 60).size]).to eq([16, 2])
      end
    end
  end
end
