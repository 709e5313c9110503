# frozen_string_literal: true

# What becomes of locks when the server or the way to it fails. Includers give `server`, which is up again
# afterwards.
RSpec.shared_examples 'an adapter whose server fails' do
  let(:adapter) { described_class.new(server.url) }
  let(:rows) { described_class.new(server.url, lease: :table) }
  let(:other) { described_class.new(server.url) }
  let(:failure) { Kaal::Backend::LockAdapterError }

  before do
    server.end_sessions # those of other examples may have locks of the same names
    server.reset
    adapter.create_tables
    Kaal.configuration.enable_log_dispatch_registry = true
    Kaal.backend = adapter
  end

  after do
    server.start unless server.running?
    server.end_sessions
  end

  def outcome
    yield
  rescue StandardError => e
    e
  end

  %i[TERM KILL].each do |signal|
    it "goes on after the server was ended by a #{signal}, and does not claim again what it held" do
      runs = [['job', 60], ['job', 120]]
      held = [adapter.acquire('held', 60), rows.acquire('row', 60), adapter.claim_many(runs, Kaal.configuration)]
      expect(held).to eq([true, true, [true, true]])
      server.stop(signal)
      [adapter, rows].each do |one|
        expect { one.acquire('key', 60) }.to raise_error(failure, /\A\w+ acquire failed for key: 127.0.0.1:\d+/)
      end
      server.start
      expect([adapter.acquire('held', 60), adapter.claim_many(runs, Kaal.configuration), rows.acquire('row', 60)])
        .to eq([false, [false, false], false])
      expect([adapter, rows].map { |one| [one.acquire('key', 60), one.release('key')] }).to eq([[true, true]] * 2)
      expect([adapter.session_losses, rows.session_losses, adapter.release('held')]).to eq([1, 0, false])
      expect(other.acquire('held', 60)).to be(true) # the server has forgotten
    end
  end

  it 'goes on after the server has ended its sessions, in the same call' do
    expect([adapter.acquire('held', 60), rows.acquire('row', 60)]).to eq([true, true])
    adapter.definition_registry.upsert_definition(key: 'job', cron: '@daily')
    server.end_sessions
    expect([adapter.acquire('key', 60), adapter.acquire('held', 60), adapter.session_losses]).to eq([true, false, 1])
    expect([rows.acquire('key', 60), rows.acquire('row', 60)]).to eq([true, false])
    expect(adapter.definition_registry.all_definitions.size).to eq(1)
    expect(other.acquire('held', 60)).to be(true)
    server.end_sessions
    expect([adapter.claim_many([['job', 60]], Kaal.configuration), adapter.session_losses]).to eq([[true], 2])
    server.end_sessions
    expect(adapter.claim_many([['job', 60], ['job', 120]], Kaal.configuration)).to eq([false, true])
  end

  it 'holds what it held again once the lease is over' do
    adapter.acquire('held', 0.3)
    server.end_sessions
    expect(adapter.acquire('held', 60)).to be(false)
    wait_for('the lease to end') { adapter.acquire('held', 60) }
  end

  it 'fails within its limit where the server says nothing, and lets a time-out of the caller end it at once' do
    adapters = [adapter, rows]
    adapters.each { |one| one.acquire('warm-up', 60) }
    server.pause
    expect(seconds_of { expect { Timeout.timeout(0.3) { rows.acquire('abandoned', 60) } }.to raise_error(Timeout::Error) }).to be < 0.6
    # The first of two calls does not make the second wait for longer.
    waits = [*adapters, adapter].map do |one|
      Thread.new do
        error = nil
        [seconds_of { error = outcome { one.acquire('key', 60) } }, error]
      end
    end.map(&:value)
    server.resume
    expect(waits).to all(match([be_between(9, 11.5), be_a(failure).and(have_attributes(message: /no answer within 10 s/))]))
    wait_for('the server to go on') { adapters.all? { |one| outcome { one.acquire('after', 1) } == true } }
    wait_for('what was abandoned to be given back') { rows.acquire('abandoned', 60) }
  end

  it 'says which table is missing, and how to make it' do
    server.query('DROP TABLE kaal_locks')
    server.query('DROP TABLE kaal_dispatches')
    expect { rows.acquire('key', 60) }.to raise_error(failure, /kaal_locks.*Kaal.create_tables! makes the tables/)
    2.times do
      expect { adapter.claim_many([['job', 60]], Kaal.configuration) }
        .to raise_error(failure, /acquire failed for job:60: .*kaal_dispatches.*Kaal.create_tables! makes/)
    end
    expect { adapter.acquire('kaal:dispatch:job:120', 60) }.to raise_error(failure, /cannot log the dispatch: .*kaal_disp/)
    adapter.create_tables
    # Nothing of the failed claims was kept, whoever asks.
    expect(described_class.new(server.url).claim_many([['job', 60], ['job', 120]], Kaal.configuration)).to eq([true, true])
  end

  it 'gives a lock back when its lease ends, though nobody calls' do
    adapter.acquire('long', 60)
    adapter.acquire('short', 0.4)
    expect(other.acquire('short', 60)).to be(false)
    wait_for('the lock to be given back', seconds: 3) { other.acquire('short', 60) }
    expect([other.acquire('long', 60), adapter.release('short'), adapter.acquire('short', 60)]).to eq([false, false, false])
  end

  it 'gives back the locks of a process that ends' do
    expect(in_child { adapter.acquire('of the child', 60) }).to be(true)
    wait_for('the session to end') { adapter.acquire('of the child', 60) }
  end
end
