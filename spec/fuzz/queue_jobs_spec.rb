# frozen_string_literal: true

require 'queue_delegate'
require 'random_values'

# Jobs of random values, and random bytes in their place.
RSpec.describe 'A random job of the queue' do
  let(:redis) { RedisServer.shared }
  let(:random) { RandomValues.new(ENV.fetch('KAAL_FUZZ_SEED') { Random.new_seed.to_s }.to_i) }
  let(:rounds) { ENV.fetch('KAAL_FUZZ_ROUNDS', 500).to_i }
  let(:delegate) { QueueDelegate.new }
  let(:server) { Kaal::Queue::Server.new(delegate, redis.url, max_attempts: 1) }

  before { redis.flush }

  after { server.stop(timeout: 5) }

  def time
    noon = Time.utc(2026, 3, 1, 12)
    random.pick(nil, noon, noon.to_i, noon.to_f, noon.iso8601, noon.to_s, noon.to_date, noon.to_r, Time.at(-(10**12)), 10**18, -1.5,
                Float::NAN, Float::INFINITY, 1 << 70, random.text, random.broken(noon.iso8601), random.value, Object.new)
  end

  def seeded
    yield
  rescue StandardError => e
    raise "#{e.class} with KAAL_FUZZ_SEED=#{random.seed}: #{e.message}"
  end

  it 'is due at a time, or refused' do
    seeded do
      times = Array.new(rounds) { time }
      read = times.map do |value|
        Kaal::Queue::Coder.Time(value)
      rescue ArgumentError => e
        expect(e.message).to match(/scheduled_at/)
        :refused
      end
      expect(read).to all(be_a(Time).or(be_nil).or(eq(:refused)))
    end
  end

  it 'is added as it is, or refused' do
    seeded do
      added = Array.new(rounds) do
        job = random.rarely(10) { random.value } || { 'text' => random.value, 'scheduled_at' => time }
        id = server.call(job)
        expect(server.find(id)).to eq(JSON.parse(JSON.generate(job)))
        true
      rescue ArgumentError => e
        expect(e.message).not_to be_empty
        false
      end
      expect(added.tally.values.min).to be > rounds / 50
    end
  end

  it 'is performed as it was read, or buried' do
    seeded do
      payloads = Array.new(rounds) { random.broken(JSON.generate('text' => random.text, 'n' => random.number(9))) }
      payloads.each_with_index do |payload, number|
        redis.inspector.hset('async-job:jobs', number.to_s, payload)
        redis.inspector.lpush('async-job:ready', number.to_s)
      end
      server.start
      wait_for('all jobs', seconds: 30) { delegate.calls.size + server.status[:dead] == rounds }
      expect(delegate.calls.size).to be_between(1, rounds - 1)
      expect(server.dead.map(&:reason)).to all(start_with('its payload cannot be read: '))
    end
  end
end
