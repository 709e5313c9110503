# frozen_string_literal: true

# How the specs see what an adapter made of the client that it was given.
RSpec.shared_context 'with given clients' do
  let(:server) { RedisServer.shared }
  let(:log) { StringIO.new }

  before do
    server.flush
    Kaal.logger = Logger.new(log)
  end

  def native?(adapter)
    adapter.inspect.include?('native=true')
  end

  # A connection of our own that reaches the same database as the client.
  def expect_derived(client)
    adapter = Kaal::Backend::RedisAdapter.new(client)
    expect(log.string).to eq('')
    expect(native?(adapter)).to be(true)
    expect(adapter.acquire('derived', 60)).to be(true)
    expect(client.respond_to?(:get) ? client.get('derived') : client.call('GET', 'derived')).not_to be_nil
  end

  # The client's own connection is used, and the log says why, once.
  def expect_called(client, reason)
    adapter = Kaal::Backend::RedisAdapter.new(client)
    expect(native?(adapter)).to be(false)
    expect(adapter.acquire('called', 60)).to be(true)
    expect(adapter.release('called')).to be(true)
    adapter.definition_registry.upsert_definition(key: 'job', cron: '@daily')
    expect(log.string.lines.grep(reason).size).to eq(1), log.string
  end
end
