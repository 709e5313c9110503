# frozen_string_literal: true

# What an adapter does when passwords and servers change. Includers give `server`.
RSpec.shared_examples 'an adapter that finds its way' do |lease|
  let(:failure) { Kaal::Backend::LockAdapterError }
  let(:adapter) { described_class.new(-> { address }, lease: lease) }
  let(:asked) { [] }
  let(:secrets) { %w[first-s3cret second-s3cret] }

  before do
    server.reset
    server.create_user('rotated', password: secrets.first)
    described_class.new(server.url(user: 'rotated', password: secrets.first)).create_tables
  end

  after do
    server.read_only = false
    server.end_sessions
  end

  # What the proc gives.
  def address
    asked << :asked
    @when_asked&.call
    server.url(user: 'rotated', password: secrets.first)
  end

  it 'asks at each connect, and only then' do
    expect(asked).to be_empty
    expect([adapter.acquire('a', 60), adapter.acquire('b', 60), adapter.release('a')]).to all(be(true))
    expect(asked.size).to eq(1)
    server.end_sessions
    expect([adapter.acquire('c', 60), asked.size]).to eq([true, 2])
  end

  it 'goes on with a password that was changed' do
    current = secrets.first
    adapter = described_class.new(server.url(user: 'rotated'), password: -> { current }, lease: lease)
    expect(adapter.acquire('a', 60)).to be(true)
    server.change_password('rotated', secrets.last)
    expect(adapter.acquire('b', 60)).to be(true) # its session goes on
    server.end_sessions
    expect { adapter.acquire('c', 60) }.to raise_error(failure) { |error| expect(error.full_message).not_to include('s3cret') }
    current = secrets.last
    expect(adapter.acquire('c', 60)).to be(true)
  end

  it 'leaves a server that takes no writes for the one that does, in the same call' do
    Kaal.configuration.enable_log_dispatch_registry = true
    expect(adapter.acquire('before', 60)).to be(true)
    [-> { adapter.acquire('key', 60) }, -> { adapter.claim_many([['job', 60]], Kaal.configuration).first }].each do |work|
      server.read_only = true
      @when_asked = -> { server.read_only = false }
      expect(work.call).to be(true)
    end
    expect(asked.size).to eq(3)
  end

  it 'takes no lock of a server that takes no writes, says so, and connects anew each time' do
    adapter.acquire('before', 60)
    server.read_only = true
    2.times do
      expect { adapter.acquire('key', 60) }
        .to raise_error(failure, /failed for key: 127.0.0.1:\d+.*(read-only|takes no writes).*; it is no primary/)
    end
    expect(asked.size).to eq(3)
    server.read_only = false
    expect([adapter.acquire('key', 60), described_class.new(server.url, lease: lease).acquire('key', 60)]).to eq([true, false])
  end

  it 'fails while the proc fails, and tells where, but nothing that it knows' do
    answers = [-> { raise KeyError, 's3cret' }, -> {}, -> { '' }, -> { 5 }, -> { 'redis://me:s3cret@host' }, -> { 's3cret^"' }]
    adapter = described_class.new(-> { answers.empty? ? address : answers.shift.call }, lease: lease)
    messages = Array.new(answers.size) do
      adapter.acquire('key', 60)
    rescue failure => e
      e.message
    end
    expect(messages).to match(
      [/failed for key: url: proc raised KeyError at #{__FILE__}:\d+\z/, /url: proc gave nil, expected a String/,
       /url: proc gave an empty String, expected a String/, /url: proc gave a Integer, expected a String/,
       /url of a proc: a URL of \w+ begins with \w+:, not with "redis"/, /url of a proc: the URL of the database cannot be read/]
    )
    expect(messages.join).not_to include('s3cret')
    expect(adapter.acquire('key', 60)).to be(true)
  end

  it 'says what a proc raised, but not with which message: that may be what it was about to give' do
    adapter = described_class.new(server.url, password: -> { raise IOError, 's3cret' }, lease: lease)
    expect { adapter.acquire('key', 60) }.to raise_error(failure, /password: proc raised IOError at/) { |error|
      expect(error.full_message).not_to include('s3cret')
    }
  end

  it 'shows no secret, and refuses procs that it would not call' do
    adapter = described_class.new(server.url(user: 'rotated'), password: -> { secrets.first }, lease: lease)
    expect(adapter.acquire('key', 60)).to be(true)
    expect(adapter.inspect).to eq("#<#{described_class} 127.0.0.1 #{server.port} kaal_test lease=#{lease}>")
    expect(described_class.new(url: -> { server.url }, lease: lease).inspect).to eq("#<#{described_class} url=proc lease=#{lease}>")
    expect([adapter.dispatch_registry, adapter.definition_registry].inspect).not_to include('s3cret')
    expect { described_class.new({ host: -> { 'localhost' } }) }
      .to raise_error(ArgumentError, 'host cannot be a proc: url, username and password can')
  end
end
