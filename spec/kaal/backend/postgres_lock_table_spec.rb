# frozen_string_literal: true

require 'postgres_server'

# The server has room for so many locks of all sessions.
RSpec.describe Kaal::Backend::PostgresAdapter do
  let!(:server) { PostgresServer.new(max_locks_per_transaction: 10, max_connections: 10) }
  let(:adapter) { described_class.new(server.url) }
  let(:failure) { Kaal::Backend::LockAdapterError }

  after { server.stop }

  def acquire_until_full
    (0..).each do |n|
      adapter.acquire("key #{n}", 60)
    rescue failure => e
      return [n, e.message]
    end
  end

  it 'says that the table of locks is full, keeps what it has, and goes on when there is room' do
    room, message = acquire_until_full
    expect(message).to match(/failed for key #{room}: .*lock table is full: raise max_locks_per_transaction, or use lease: :table/)
    expect([room, server.locks]).to match([be > 100, room])
    # A batch is won or not as a whole: nobody knows what a failed one has taken.
    adapter.release_many(Array.new(50) { |n| "key #{n}" })
    expect { adapter.acquire_many(Array.new(500) { |n| "batch #{n}" }, 60) }
      .to raise_error(failure, /failed for batch 0, batch 1, batch 2, batch 3, batch 4 and 495 more: /)
    expect([server.locks, adapter.session_losses]).to eq([room - 50, 0])
    expect([adapter.acquire('batch 0', 60), adapter.acquire('key 0', 60), adapter.acquire("key #{room - 1}", 60)])
      .to eq([true, true, false])
  end
end
