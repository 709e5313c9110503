# frozen_string_literal: true

# Whether an adapter talks to the server of the example.
module Reaching
  def reaches?(adapter)
    key = "reached #{rand(1 << 40)}"
    adapter.acquire(key, 60) && !described_class.new(server.url).acquire(key, 60)
  end
end

# How an adapter is told where the server is. Includers give `server`, `settings` as in
# config/database.yml, the `schemes` of its URLs, and `foreign`, settings of a database of another kind.
RSpec.shared_examples 'an adapter of the server that is named' do
  include Reaching

  let(:constants) { Kaal::Backend.constants.select { |name| Kaal::Backend.const_get(name) == described_class } }

  after { server.end_sessions }

  # What the block gives in a process in which ActiveRecord has these databases.
  def with_active_record(**databases)
    in_child do
      require 'active_record'
      ActiveRecord::Base.configurations = { 'test' => databases.transform_keys(&:to_s) }
      ENV['RAILS_ENV'] = 'test'
      ActiveRecord::Base.establish_connection(:test)
      yield
    end
  end

  def complaint(error)
    yield
    raise 'it was taken'
  rescue error => e
    e.message
  end

  it 'by a URL of any scheme' do
    schemes.each do |scheme|
      expect(reaches?(described_class.new(server.url.sub(/\A\w+/, scheme)))).to be(true), scheme
    end
  end

  it 'by a URL or settings in keywords or a Hash' do
    [
      [{}, { url: server.url }], [{}, { connection: server.url }], [{}, { connection: settings }], [settings, {}],
      [settings.transform_keys(&:to_s), {}], [{ url: server.url }, {}], [settings.merge(port: settings[:port].to_s), {}]
    ].each do |address, keywords|
      given = address.empty? ? [] : [address]
      expect(reaches?(described_class.new(*given, **keywords))).to be(true), [address, keywords].inspect
    end
  end

  it 'by what stands beside the URL rather than by what is in it' do
    expect(reaches?(described_class.new({ url: server.url(database: 'no_such'), database: 'kaal_test' }))).to be(true)
  end

  it 'by a password with every character, percent-encoded in a URL' do
    password = "p@ss:/?#[]%é 'x"
    server.create_user('careful', password: password)
    expect(reaches?(described_class.new(server.url(user: 'careful', password: password)))).to be(true)
    expect(reaches?(described_class.new(settings.merge(username: 'careful', password: password)))).to be(true)
    described_class.new(server.url(user: 'careful', password: "#{password}!")).acquire('key', 60)
  rescue Kaal::Backend::LockAdapterError => e
    expect(e.message).to match(/acquire failed for key: 127.0.0.1:\d+.*careful/)
    expect(e.full_message).not_to include('p@ss', 'p%40ss')
  else
    raise 'another password was as good'
  end

  it 'by ActiveRecord: the primary, one by its name, one by its class' do
    answers = with_active_record(primary: foreign, queue: settings) do
      queue = Class.new(ActiveRecord::Base) { self.abstract_class = true }
      Object.const_set(:QueueRecord, queue)
      queue.establish_connection(:queue)
      [
        described_class.new(database: :queue), described_class.new(database: 'queue'),
        described_class.new(connection_class: queue), described_class.new(connection: queue)
      ].map { |adapter| reaches?(adapter) } << complaint(Kaal::ConfigurationError) { described_class.new.acquire('key', 60) }
    end
    expect(answers).to match([true, true, true, true, /is of the kind #{foreign[:adapter]}, not \w+: use the adapter for it/])
    expect(with_active_record(primary: settings, queue: foreign) { reaches?(described_class.new) }).to be(true)
  end

  it 'by ActiveRecord, in which a database is missing' do
    answer = with_active_record(primary: settings) do
      complaint(Kaal::ConfigurationError) { described_class.new(database: :queue).acquire('key', 60) }
    end
    expect(answer).to eq('config/database.yml has no database queue for test')
  end

  it 'by ActiveRecord as it is when the database is first needed, which is written to' do
    answers = with_active_record(primary: foreign, main: settings, replica: foreign) do
      # As Rails 6.1 does when it boots; later ones have one for all roles.
      base = ActiveRecord::Base
      base.connection_handlers = { writing: base.default_connection_handler } if ActiveRecord::VERSION::MAJOR < 7
      adapter = described_class.new
      before = [adapter.inspect, complaint(Kaal::ConfigurationError) { adapter.acquire('key', 60) }]
      ActiveRecord::Base.connects_to(database: { writing: :main, reading: :replica })
      [*before, ActiveRecord::Base.connected_to(role: :reading) { reaches?(adapter) }, adapter.inspect]
    end
    expect(answers).to match(["#<#{described_class} of ActiveRecord lease=session>", /is of the kind #{foreign[:adapter]}/,
                              true, "#<#{described_class} 127.0.0.1 #{server.port} kaal_test lease=session>"])
  end

  it 'by ActiveRecord through the adapter that Kaal has for any database, with locks that are rows' do
    answers = with_active_record(primary: settings, queue: settings) do
      adapters = [Kaal::Backend::SQLiteAdapter.new, Kaal::Backend::SQLiteAdapter.new(database: :queue), described_class.new(lease: :table)]
      adapters.first.create_tables
      adapters.map { |adapter| adapter.acquire('key', 60) } << adapters.first.inspect <<
        adapters.first.dispatch_registry.log_dispatch('job', 60, 'node').class.name
    end
    expect(answers).to eq([true, false, false, '#<Kaal::Backend::SQLiteAdapter database="kaal_test">', 'Kaal::CronDispatch'])
  end

  it 'by ActiveRecord, as one whom many threads need first' do
    sessions = with_active_record(primary: settings) do
      adapter = described_class.new
      Array.new(8) { |number| Thread.new { adapter.acquire("job #{number}", 60) } }.each(&:join)
      Array.new(8) { |number| adapter.release("job #{number}") }
    end
    expect(sessions).to eq([true] * 8)
  end

  it 'with keywords of Kaal 0.6 on a class that has its name' do
    expect(constants.size).to eq(2)
    adapter = constants.map { |name| Kaal::Backend.const_get(name).new(connection: server.url, namespace: 'app') }.last
    adapter.create_tables
    adapter.dispatch_registry.log_dispatch('app:job', 60, 'old node')
    expect(adapter.dispatch_registry.find_dispatch('job', 60)).to include(node_id: 'old node')
  end

  describe 'and not by' do
    def expect_refusal(error, message, *given, **keywords)
      refused = complaint(error) { described_class.new(*given, **keywords) }
      expect(refused).to match(message)
      expect(refused).not_to include('s3cret')
    end

    let(:secret) { server.url(user: 'me', password: 's3cret') }

    it 'a URL of another kind, or of none' do
      expect_refusal(ArgumentError, /a URL of \w+ begins with \w+:, not with "redis"/, secret.sub(/\A\w+/, 'redis'))
      expect_refusal(ArgumentError, /percent-encoded/, secret.sub('s3cret', 's3cret^#["'))
      expect_refusal(ArgumentError, /begins with \w+:, not with nil/, '')
      expect_refusal(ArgumentError, /expected a URL, a Hash, .* got a Integer/, 5)
    end

    it 'two that say it' do
      expect_refusal(ArgumentError, /address and connection both say/, secret, connection: settings)
      expect_refusal(ArgumentError, /url and database both say/, url: secret, database: :queue)
    end

    it 'ActiveRecord where there is none' do
      hide_const('ActiveRecord')
      expect(complaint(Kaal::ConfigurationError) { described_class.new.acquire('key', 60) })
        .to match(%r{without ActiveRecord it needs a URL, such as \w+://user})
    end

    it 'options that are none' do
      [:rows, nil, 5].each { |lease| expect_refusal(ArgumentError, /lease must be :session or :table/, secret, lease: lease) }
      [0, 101, '2', nil].each { |pool| expect_refusal(ArgumentError, /pool must be a number of conn/, secret, pool: pool) }
      ['abc', 0, 65_536, '1e3'].each do |port|
        expect_refusal(ArgumentError, /port must be a number from 1 to 65535, got #{port.inspect}/, settings.merge(port: port))
      end
      expect_refusal(ArgumentError, /unknown keyword/, secret, pol: 3)
    end
  end

  it 'and says which database there is none of' do
    adapter = described_class.new(server.url(database: 'no_such'))
    expect { adapter.acquire('key', 60) }.to raise_error(Kaal::Backend::LockAdapterError, /key: 127.0.0.1:\d+.*no_such/)
  end

  it 'and shows neither user nor password' do
    adapter = described_class.new(server.url(user: 'me', password: 's3cret'), lease: 'table')
    expect(adapter.inspect).to eq("#<#{described_class} 127.0.0.1 #{server.port} kaal_test lease=table>")
    expect([adapter.dispatch_registry, adapter.definition_registry].inspect).not_to include('s3cret')
  end
end
