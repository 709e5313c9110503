# frozen_string_literal: true

require 'redis_client_stand_in'

# What the adapter does when passwords and servers change.
RSpec.describe Kaal::Backend::RedisAdapter do
  let(:failure) { Kaal::Backend::LockAdapterError }
  let(:server) { RedisServer.shared }
  let(:inspector) { server.inspector }
  let(:asked) { [] }

  before { server.flush }

  def end_connections
    inspector.client(:kill, :type, :normal, :skipme, :yes)
  end

  it 'asks for the URL at each connect, and only then' do
    ways = [[-> { url }], [method(:url)], [{ url: -> { url } }], [nil, { url: -> { url } }]]
    ways.each do |given, keywords|
      asked.clear
      adapter = described_class.new(given, **keywords.to_h)
      expect(asked).to be_empty
      expect([adapter.acquire('a', 60), adapter.acquire_many(%w[b c], 60), adapter.release('a')]).to eq([true, [true] * 2, true])
      expect(asked.size).to eq(1)
      end_connections
      expect([adapter.acquire('a', 60), adapter.definition_registry.all_definitions, asked.size]).to eq([true, [], 2])
      server.flush
    end
  end

  def url
    asked << :asked
    server.url
  end

  describe 'with a user whose password changes' do
    let(:secrets) { %w[first-s3cret second-s3cret] }

    before { change_password(secrets.first) }

    after { inspector.acl(:deluser, 'rotated') }

    def change_password(password)
      @current = password
      inspector.acl(:setuser, 'rotated', 'on', 'resetpass', ">#{password}", '~*', '&*', '+@all')
    end

    def rotates(adapter)
      expect(adapter.acquire('a', 60)).to be(true)
      change_password(secrets.last)
      expect(adapter.acquire('b', 60)).to be(true) # its connection goes on
      end_connections
      expect(adapter.acquire('c', 60)).to be(true)
      expect(adapter.inspect).to include('native=true').and(satisfy { |text| !text.include?('s3cret') })
    end

    it 'goes on with the new one' do
      rotates(described_class.new(server.url, username: 'rotated', password: -> { @current }))
    end

    it 'goes on with the new one where user and password are in the URL' do
      rotates(described_class.new(-> { server.url.sub('//', "//rotated:#{@current}@") }))
    end

    it 'goes on with the new one of a client whose password is a callable' do
      options = { host: '127.0.0.1', port: server.port, username: 'rotated', password: ->(_user) { @current } }
      rotates(described_class.new(RedisClient.config(**options).new_client))
    end

    it 'fails while the proc gives the old one, and shows neither' do
      adapter = described_class.new(server.url, username: 'rotated', password: -> { secrets.first })
      adapter.acquire('a', 60)
      change_password(secrets.last)
      end_connections
      expect { adapter.acquire('b', 60) }
        .to raise_error(failure, /WRONGPASS/) { |error| expect(error.full_message).not_to include('s3cret') }
    end
  end

  it 'fails while the proc fails, and tells where, but nothing that it knows' do
    answers = [-> { raise KeyError, 's3cret' }, -> {}, -> { 5 }, -> { 'http://me:s3cret@host' }]
    adapter = described_class.new(-> { answers.empty? ? url : answers.shift.call })
    messages = Array.new(answers.size) do
      adapter.acquire('key', 60)
    rescue failure => e
      e.full_message(highlight: false) # with what caused it
    end
    expect(messages).to match([/url: proc raised KeyError at #{__FILE__}:\d+/, /url: proc gave nil, expected a String/,
                               /url: proc gave a Integer, expected a String/, /Redis URL is not usable/])
    expect(messages.join).not_to include('s3cret')
    expect(adapter.acquire('key', 60)).to be(true)
  end

  describe 'with a primary that is replaced' do
    let(:servers) { Array.new(2) { RedisServer.new } }
    let(:primary) { servers.first }
    let(:adapter) { described_class.new(-> { url_of_primary }) }

    before { Kaal.configuration.enable_log_dispatch_registry = true }

    after { servers.each { |server| server.stop(:KILL) } }

    def url_of_primary
      asked << :asked
      servers.find { |server| server.inspector.role.first == 'master' }.url
    end

    # They take turns.
    def replace
      old, new = servers.partition { |server| server.inspector.role.first == 'master' }.map(&:first)
      new ||= servers.last
      new.inspector.replicaof(:no, :one)
      old.inspector.replicaof('127.0.0.1', new.port)
    end

    it 'leaves it for the new one, in the same call, whatever the call is' do
      servers.last.inspector.replicaof('127.0.0.1', servers.first.port)
      adapter.acquire_many(%w[x y z], 60)
      works = {
        'SET' => -> { adapter.acquire('a', 60) },
        'many SETs' => -> { adapter.acquire_many(%w[b c], 60).all? },
        'scripts' => -> { adapter.claim_many([['job', 60], ['job', 120]], Kaal.configuration).all? },
        'a script' => -> { adapter.definition_registry.upsert_definition(key: 'job', cron: '@daily')[:key] == 'job' },
        'SETEX' => -> { adapter.dispatch_registry.log_dispatch('job', 60, 'node') },
        'a release' => lambda {
          adapter.acquire('d', 60)
          replace
          adapter.release('d').nil? == false
        }
      }
      works.each do |name, work|
        asked.clear
        replace
        expect([name, work.call, asked.size]).to match([name, be_truthy, be_between(1, 2)])
      end
    end

    it 'says that it takes no writes where there is no other' do
      servers.last.inspector.replicaof('127.0.0.1', primary.port)
      replica = described_class.new(servers.last.url)
      [-> { replica.acquire('a', 60) }, -> { replica.acquire_many(%w[a b], 60) },
       -> { replica.claim_many([['job', 60]], Kaal.configuration) }].each do |work|
        2.times { expect(&work).to raise_error(failure, /read.?only.*give the address of the primary/i) }
      end
    end
  end
end
