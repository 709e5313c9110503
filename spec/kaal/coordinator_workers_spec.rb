# frozen_string_literal: true

RSpec.describe Kaal::Coordinator, '#tick! with dispatch_threads' do
  # Once within the look-back.
  def register(key = 'job')
    Kaal.register(key: key, cron: '*/2 * * * *', enqueue: ->(**) { yield })
  end

  def configure(threads)
    Kaal.configure do |config|
      config.backend = Kaal::Backend::MemoryAdapter.new
      config.dispatch_threads = threads
    end
  end

  it 'ticks again after an interrupt while it waited for a callback' do
    configure(2)
    register { sleep 0.5 }
    expect { Timeout.timeout(0.2) { Kaal.tick! } }.to raise_error(Timeout::Error)
    Timeout.timeout(5) { Kaal.tick! }
  end

  it 'lets several threads tick and wait at once' do
    configure(2)
    register { sleep 0.3 }
    threads = Array.new(4) { Thread.new { Kaal.tick! } }
    expect(threads.map { |thread| thread.join(5) }).to all(be_a(Thread))
  end

  it 'has all its threads again after a callback has killed one' do
    configure(1)
    calls = Queue.new
    register('kills') { Thread.current.kill }
    Timeout.timeout(5) { Kaal.tick! }
    register('job') { calls << :called }
    Timeout.timeout(5) { Kaal.tick! }
    expect(calls.size).to eq(1)
  end

  it 'lets a callback tick' do
    configure(1)
    calls = Queue.new
    2.times do |number|
      register("job-#{number}") do
        calls << number
        Kaal.tick!
      end
    end
    Timeout.timeout(5) { Kaal.tick! }
    expect(calls.size).to eq(2)
  end
end
