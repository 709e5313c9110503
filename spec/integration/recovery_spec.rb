# frozen_string_literal: true

require 'stores'

# What a start makes up for, with every store: what was missed and nothing else, beside the caller.
RSpec.describe 'Recovery' do
  let(:now) { Time.utc(2026, 3, 1, 12, 0, 30) }
  let(:runs) { Queue.new }
  let(:gate) { Queue.new }

  def register(key, created_at, &callback)
    allow(Time).to receive(:now).and_return(created_at)
    callback ||= ->(fire_time:, **) { runs << [key, fire_time] }
    Kaal.register(key: key, cron: '* * * * *', enqueue: callback)
    allow(Time).to receive(:now).and_return(now)
  end

  def recover
    Kaal.start!
    wait_for('the recovery') { Kaal.recovery_progress&.fetch(:done) }
    Kaal.stop!
    Array.new(runs.size) { runs.pop }
  end

  Stores::ALL.each_key do |name|
    context "with #{name}" do
      let(:store) { Stores.named(name) }

      before do
        store.begin
        Kaal.configure do |config|
          config.backend = store.adapter
          config.enable_log_dispatch_registry = true
          config.recovery_startup_jitter = 0
          config.window_lookback = 60
        end
      end

      after do
        gate.close
        Kaal.stop!
        store.finish
      end

      it 'repeats none of the 1,440 runs of a day, and invents none for a job that is new' do
        register('old', now - 90_000)
        register('new', now)
        minutes = Array.new(1_440) { |n| now.to_i - 30 - (n * 60) }
        missed = minutes.values_at(1, 700, 1_439)
        store.adapter.dispatch_registry.log_dispatches((minutes - missed).map { |minute| ['old', minute] }, 'other')
        expect(recover).to match_array([['new', now - 30], *missed.map { |minute| ['old', Time.at(minute).utc] }])
        expect(recover).to eq([])
        Kaal.reset_coordinator!
        expect(recover).to eq([])
      end

      it 'keeps nobody waiting, and its callbacks may ask what they like' do
        missed = ->(fire_time:, **) { fire_time < now - 60 && (runs << Kaal.running?) && gate.pop }
        8.times { |n| register("job #{n}", now - 600, &missed) }
        expect(Timeout.timeout(5) { seconds_of { Kaal.start! } }).to be < 0.5
        expect(Timeout.timeout(10) { runs.pop }).to be(true)
        expect([Kaal.running?, Kaal.start!, Kaal.recovery_progress]).to match([true, nil, include(done: false)])
        gate.close
        wait_for('the recovery') { Kaal.recovery_progress.fetch(:done) }
        expect(runs.size).to eq((8 * 9) - 1)
      end
    end
  end
end
