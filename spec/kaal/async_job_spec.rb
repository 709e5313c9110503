# frozen_string_literal: true

require 'kaal/async_job'
require 'async'
require 'queue_delegate'

# A program that was written for Async::Job's Redis processor.
RSpec.describe 'kaal/async_job' do # rubocop:disable RSpec/DescribeClass
  let(:redis) { RedisServer.shared }
  let(:delegate) { QueueDelegate.new }

  before { redis.flush }

  it 'has the same classes under the names of Async::Job' do
    expect(Async::Job::Processor::Redis::Server).to be(Kaal::Queue::Server)
    expect(Async::Job::Coder).to be(Kaal::Queue::Coder)
  end

  it 'performs jobs with the arguments and the endpoint of the original' do
    endpoint = Struct.new(:url, :credentials).new(redis.url, nil)
    options = { prefix: 'async-job', coder: Async::Job::Coder::DEFAULT, resolution: 1 }
    Sync do |task|
      server = Async::Job::Processor::Redis.new(delegate, endpoint: endpoint, parent: task, **options)
      server.start
      server.call({ 'class' => 'Mail', 'scheduled_at' => Time.now + 0.1 })
      sleep 0.01 until delegate.calls.size == 1
      server.stop
      expect(server.status_string).to eq('R=0 D=0 P=0/1')
    end
    expect([delegate.told, delegate.take(1)[0]['class']]).to eq([%i[start stop], 'Mail'])
  end
end
