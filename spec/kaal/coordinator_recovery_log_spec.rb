# frozen_string_literal: true

RSpec.describe Kaal::Coordinator, '#start! when the log fails during recovery' do
  it 'recovers all the same' do
    backend = Kaal::Backend::MemoryAdapter.new
    Kaal.configure do |config|
      config.backend = backend
      config.tick_interval = 1
      config.enable_log_dispatch_registry = true
      config.recovery_startup_jitter = 0
    end
    failures = 1
    backend.dispatch_registry.define_singleton_method(:dispatched_many) do |runs|
      raise Kaal::Backend::LockAdapterError, 'no answer' unless (failures -= 1).negative?

      runs.map { false }
    end
    at = Time.now
    allow(Time).to receive(:now).and_return(at - 3_600)
    calls = Queue.new
    Kaal.register(key: 'job', cron: '* * * * *', enqueue: ->(fire_time:, **) { calls << fire_time })
    allow(Time).to receive(:now).and_return(at)
    Kaal.start!
    wait_for('the recovery') { Kaal.recovery_progress&.fetch(:done) }
    expect(calls.size).to be_within(1).of(60)
  end
end
