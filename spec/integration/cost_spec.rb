# frozen_string_literal: true

# What must not grow with the number of jobs, or of locks that are held.
RSpec.describe 'The cost' do
  let(:server) { RedisServer.shared }
  # A client that wins whatever it is asked for.
  let(:client) { Object.new.tap { |one| %i[set eval].each { |name| one.define_singleton_method(name) { |*, **| 'OK' } } } }
  let(:midnight) { Time.utc(2026, 3, 1) }

  before { server.flush }

  # Objects made and commands sent by a tick at which nothing is due.
  def quiet_tick(count)
    server.flush
    allow(Time).to receive(:now).and_return(midnight + 3_600)
    Kaal.backend = Kaal::Backend::RedisAdapter.new(server.url)
    Kaal.reset_registry!
    Kaal.reset_coordinator!
    Kaal.register_all(Array.new(count) { |n| { key: "job #{n}", cron: '0 12 * * *', enqueue: ->(**) {} } })
    3.times { Kaal.tick! }
    cost = -> { [GC.stat(:total_allocated_objects), server.inspector.info(:stats)['total_commands_processed'].to_i] }
    cost.call
    before = cost.call
    Kaal.tick!
    cost.call.zip(before).map { |after, start| after - start }
  end

  # Seconds of 200 further locks.
  def best_of_five(adapter)
    Array.new(5) { seconds_of { 200.times { adapter.acquire("key #{rand}", 600) } } }.min
  end

  it 'of a quiet tick is the same with 3,000 jobs as with three' do
    few, many = [3, 3_000].map { |count| quiet_tick(count) }
    expect(many.first).to be <= few.first + 20
    expect(many.last).to eq(few.last)
  end

  {
    'in memory' => ->(_) { Kaal::Backend::MemoryAdapter.new },
    'in Redis' => ->(spec) { Kaal::Backend::RedisAdapter.new(spec.server.url) },
    'by a client that is called' => ->(spec) { Kaal::Backend::RedisAdapter.new(spec.client) }
  }.each do |place, make|
    it "of a lock #{place} is the same when 20,000 are held" do
      adapter = make.call(self)
      few = best_of_five(adapter)
      adapter.acquire_many(Array.new(20_000) { |n| "held #{n}" }, 600)
      expect(best_of_five(adapter)).to be < few * 5
    end
  end
end
