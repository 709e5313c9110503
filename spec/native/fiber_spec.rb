# frozen_string_literal: true

require 'async'

# Under a fiber scheduler a wait holds up its fiber only.
RSpec.describe 'Fibers under a scheduler' do
  let(:native) { Kaal.const_get(:Native) }
  let(:server) { RedisServer.shared }
  let(:backend) { Kaal::Backend::RedisAdapter.new(server.url) }

  before { server.flush }

  # It measures time.
  it 'wait at the same time', :unstressed do
    taken = seconds_of { Sync { |task| Array.new(5) { task.async { native.pause(0.3) } }.each(&:wait) } }
    expect(taken).to be_between(0.3, 0.9)
  end

  it 'get their answers' do
    won = Sync { |task| Array.new(5) { |n| task.async { backend.acquire("key #{n % 3}", 60) } }.map(&:wait) }
    expect(won.count(true)).to eq(3)
  end

  it 'get their errors' do
    gone = Kaal::Backend::RedisAdapter.new("redis://127.0.0.1:#{RedisServer.free_port}")
    Sync { expect { gone.acquire('key', 60) }.to raise_error(Kaal::Backend::LockAdapterError) }
  end

  # Stressed, its time-out ends before the request is sent.
  it 'give back what a fiber that gave up has won', :unstressed do
    own = RedisServer.new
    adapter = Kaal::Backend::RedisAdapter.new(own.url)
    # Often, as the answer may come at any point of giving up.
    10.times do |n|
      adapter.acquire("warm-up #{n}", 60)
      own.inspector.config(:resetstat)
      own.pause
      Sync do |task|
        expect { task.with_timeout(0.02) { adapter.acquire('lock', 60) } }.to raise_error(Async::TimeoutError)
      end
      own.resume
      wait_for('the lease to be won and given back') do
        own.inspector.info(:commandstats)['evalsha'] && !own.inspector.exists?('lock')
      end
    end
  ensure
    own&.stop(:KILL)
  end
end
