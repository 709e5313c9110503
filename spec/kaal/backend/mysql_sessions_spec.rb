# frozen_string_literal: true

require 'mariadb_server'

# The server looks through all locks of a session for each further one: many are spread over several.
RSpec.describe Kaal::Backend::MySQLAdapter do
  let(:server) { MariadbServer.shared }
  let(:adapter) { described_class.new(server.url) }
  let(:other) { described_class.new(server.url) }
  let(:keys) { Array.new(2_500) { |number| "key #{number}" } }

  before { server.end_sessions }

  after { server.end_sessions }

  def sessions
    server.rows(MariadbServer::OTHERS).size
  end

  def acquire(ttl)
    keys.each_slice(500).flat_map { |some| adapter.acquire_many(some, ttl) }
  end

  it 'holds many locks, once each, and gives back those that are released' do
    expect(acquire(60)).to all(be(true))
    expect(sessions).to eq(3)
    expect([*other.acquire_many(keys, 60), *acquire(60)]).to all(be(false))
    some = keys.values_at(0, 999, 1_000, 1_999, 2_000, 2_499)
    expect([some, some].map { |names| names.map { |key| adapter.release(key) }.uniq }).to eq([[true], [false]])
    expect(other.acquire_many(keys, 60).count(true)).to eq(some.size)
    expect(adapter.session_losses).to eq(0)
  end

  it 'loses them together' do
    acquire(60)
    server.query("KILL #{server.rows(MariadbServer::OTHERS).flatten.map(&:to_i).max}") # which has room for more
    wait_for('the session to end') { sessions == 2 }
    expect([adapter.acquire('further', 60), adapter.session_losses, sessions]).to eq([true, 1, 1])
    expect(adapter.acquire_many(keys, 60)).to all(be(false)) # it does not know what has become of them
    expect(other.acquire_many(keys, 60)).to all(be(true))
  end

  it 'closes the sessions that are no longer needed' do
    adapter.acquire('long', 60)
    acquire(3)
    expect(sessions).to eq(3)
    wait_for('the sessions to be closed', seconds: 30) { sessions == 1 }
    expect([other.acquire('long', 60), adapter.session_losses, acquire(3).uniq]).to eq([false, 0, [true]])
  end

  it 'goes on with those it has where the server has room for no more' do
    server.create_user('limited')
    server.query("GRANT USAGE ON *.* TO limited@'%' WITH MAX_USER_CONNECTIONS 1")
    limited = described_class.new(server.url(user: 'limited'))
    expect(keys.each_slice(500).flat_map { |some| limited.acquire_many(some, 60) }).to all(be(true))
    expect([sessions, limited.session_losses]).to eq([1, 0])
  ensure
    server.drop_user('limited')
  end
end
