# frozen_string_literal: true

require 'delayed_jobs'
require 'hostile'

# SQL and Lua take values as parameters only: whatever a key, a name or a reason is, it is found again as it was, and
# nothing else has changed.
RSpec.describe 'Hostile values' do
  texts = Hostile::TEXTS

  stores = DelayedJobStores::ALL.merge(Stores::ALL.select { |name, _| name.end_with?('sessions') })
  stores.each do |name, make|
    context "with #{name}" do
      let(:store) { make.call }
      let(:backend) { Kaal.backend }

      before do
        store.begin
        Kaal.configuration.enable_log_dispatch_registry = true
        Kaal.configuration.lease_ttl = 60
        Kaal.backend = store.adapter
        backend.definition_registry.upsert_definition(key: 'canary', cron: '@daily', metadata: { 'sings' => true })
      end

      after do
        canary = backend.definition_registry.find_definition('canary')
        raise 'something else has changed' unless canary[:metadata] == { 'sings' => true }

        store.finish
      end

      it 'are keys of leases' do
        # MySQL's locks of a session end at a NUL.
        keys = texts + [Hostile::LONG] + (name == 'MariaDB sessions' ? Hostile::BYTES.first(2) : Hostile::BYTES)
        expect(keys.map { |key| backend.acquire(key, 60) }).to all(be(true))
        expect(backend.acquire_many(keys, 60)).to all(be(false))
        expect(backend.release_many(keys)).to all(be(true))
        expect(backend.acquire_many(keys, 60)).to all(be(true))
        expect(keys.map { |key| backend.release(key) }).to all(be(true))
      end

      it 'are keys of runs, in claims and in the log' do
        runs = texts.map { |text| [text, 60] }
        expect(backend.claim_many(runs, Kaal.configuration)).to all(be(true))
        expect(backend.claim_many(runs, Kaal.configuration)).to all(be(false))
        expect(runs.map { |run| Kaal.dispatched?(*run) }).to all(be(true))
        expect([Kaal.dispatched?("' OR '1'='1", 60), Kaal.dispatched?('*', 60)]).to eq([false, false])
      end

      it 'are keys, nodes and states of the log' do
        log = backend.dispatch_registry
        texts.each { |text| log.log_dispatch(text, 60, text[0, 40], text[0, 40]) }
        found = texts.map { |text| log.find_dispatch(text, 60) }
        expect(found.map { |record| record[:key] || record['key'] }.map { |key| key.delete_prefix('kaal:') }).to eq(texts)
        expect(found.map { |record| record[:node_id] }).to eq(texts.map { |text| text[0, 40] })
        next unless log.respond_to?(:find_by_node)

        expect(texts.map { |text| [log.find_by_node(text[0, 40]), log.find_by_status(text[0, 40])].map(&:size) }).to all(eq([1, 1]))
      end

      it 'are keys of open claims, and names of who has them' do
        claims = backend.open_claims
        runs = texts.map { |text| [text, 60] }
        backend.claim_many(runs, Kaal.configuration, open: true)
        texts.zip(runs) do |text, run|
          holder = { namespace: 'kaal', node_id: text, ttl: 0.001 }
          expect(claims.renew_claims([run], holder)).to eq([true])
          wait_for('the end of the lease') { claims.take_over_claims([run], holder) == [true] }
        end
        wait_for('the ends of the leases') { claims.ended_claims('kaal', 0, 100).sort == runs.sort }
        claims.close_claims('kaal', runs)
        expect(claims.ended_claims('kaal', 0, 100)).to eq([])
      end

      it 'are keys of intervals, and names of who has run them' do
        runs = texts.map { |text| [text, 60] }
        texts.zip(runs) { |text, run| expect(backend.intervals.advance_intervals('kaal', text, [run])).to eq([true]) }
        expect(backend.intervals.advance_intervals('kaal', 'another', runs)).to all(be(false))
      end

      it 'are keys, expressions and metadata of definitions' do
        definitions = backend.definition_registry
        texts.each do |text|
          definitions.upsert_definition(key: text, cron: text[0, 40], source: text[0, 40], metadata: { text => [text] })
          expect(definitions.find_definition(text))
            .to include(key: text, cron: text[0, 40], source: text[0, 40], metadata: { text => [text] })
          expect([definitions.disable_definition(text), definitions.enable_definition(text)].map { |one| one[:enabled] }).to eq([false, true])
        end
        expect(definitions.all_definitions.map { |one| one[:key] }).to match_array(texts + ['canary'])
        expect(texts.map { |text| definitions.remove_definition(text)[:key] }).to eq(texts)
      end

      # A namespace that holds SQL is one like another.
      it 'are namespaces' do
        texts.each_with_index do |text, number|
          Kaal.namespace = text
          run = ["job #{number}", 60]
          expect([backend.claim_many([run], Kaal.configuration, open: true), backend.claim_many([run], Kaal.configuration, open: true)])
            .to eq([[true], [false]]), text
          expect(backend.intervals.advance_intervals(text, 'node', [run])).to eq([true]), text
          backend.open_claims.close_claims(text, [run])
        end
      end

      it 'are taken or refused whatever their length' do
        definitions = backend.definition_registry
        text = Hostile::LONG
        outcomes = [
          -> { backend.claim_many([[text, 60]], Kaal.configuration) },
          -> { backend.dispatch_registry.log_dispatch(text, 60, text) && backend.dispatch_registry.find_dispatch(text, 60)[:node_id] },
          -> { backend.intervals.advance_intervals('kaal', text, [[text, 60]]) },
          -> { definitions.upsert_definition(key: text, cron: '@daily') && definitions.remove_definition(text)[:key] }
        ].map do |ask|
          ask.call
        rescue ArgumentError, Kaal::Backend::StoreError, Kaal::Backend::LockAdapterError => e
          expect(e.message.length).to be_between(10, 30_000)
          :refused
        end
        expect(outcomes.zip([[true], text, [true], text])).to all(satisfy { |given, right| [right, :refused].include?(given) })
        expect(definitions.all_definitions.map { |one| one[:key] }).to eq(['canary'])
      end

      # Some databases would end a text there, and take two jobs for one.
      it 'are no keys of jobs where they hold a NUL' do
        expect { Kaal.register(key: Hostile::NUL, cron: '@daily', enqueue: ->(**) {}) }.to raise_error(ArgumentError, /cannot hold a NUL/)
        expect { Kaal.register(key: Hostile::NUL.to_sym, cron: '@daily', enqueue: ->(**) {}) }.to raise_error(ArgumentError, /cannot hold a NUL/)
      end

      it 'are ids, arguments, queues and reasons of delayed jobs' do
        jobs = backend.delayed_store
        now = Time.now
        texts.each { |text| Kaal.enqueue_at(at: now, job_class: 'Mailing::Report', args: [text], job_id: "#{text}.", queue: "#{text}.") }
        pending = Kaal.delayed_jobs
        expect(pending.map { |job| job.slice(:job_id, :args, :queue) })
          .to match_array(texts.map { |text| { job_id: "#{text}.", args: [text], queue: "#{text}." } })
        taken = jobs.take(now + 1, 100, 60)
        taken.each { |job| jobs.fail(job[:id], JSON.parse(job[:args]).first, 1) }
        failed = jobs.failed(100)
        expect(failed.map { |job| job[:error] }).to match_array(texts)
        expect(texts.flat_map { |text| [jobs.retry_failed(text), jobs.discard_failed(text)] }).to all(be(false))
        expect(failed.map { |job| jobs.discard_failed(job[:id]) }).to all(be(true))
        expect(jobs.counts).to eq(pending: 0, claimed: 0, failed: 0)
      end
    end
  end

  describe 'with the queue' do
    let(:redis) { RedisServer.shared }

    before { redis.flush }

    (texts + [Hostile::NUL, "\xff".b]).each do |text|
      it "are prefixes, ids, payloads and reasons: #{text.inspect}" do
        redis.inspector.set('canary', 'sings')
        prefix = text.dup.force_encoding(Encoding::UTF_8).scrub('-')
        raised = []
        server = Kaal::Queue::Server.new(->(job) { (raised << job) && raise(job['text']) }, redis.url, prefix: prefix, max_attempts: 1)
        expect(server.call({ 'text' => prefix }, id: text)).to eq(text.dup.force_encoding(Encoding::UTF_8))
        expect(server.find(text)).to eq('text' => prefix)
        server.dequeue
        expect(raised).to eq(['text' => prefix])
        server.stop
        dead = wait_for('its death') { server.dead.first }
        expect([dead.id, dead.reason]).to eq([text.dup.force_encoding(Encoding::UTF_8), "RuntimeError: #{prefix}"])
        expect([server.requeue([text]), server.status[:ready], redis.inspector.get('canary')]).to eq([1, 1, 'sings'])
      end
    end
  end
end
