# frozen_string_literal: true

require 'stores'

# Jobs as other nodes have defined them, and what their callbacks are given, with every store.
RSpec.describe 'What is stored' do
  let(:noon) { Time.utc(2026, 3, 1, 12, 0, 0) }
  let(:runs) { Queue.new }
  let(:log) { StringIO.new }
  let(:callback) { ->(fire_time:, idempotency_key:) { runs << [idempotency_key[/\Akaal-(.*)-\d+\z/, 1], fire_time] } }

  # A node that has registered nothing itself, at a time.
  def tick(time, *keys)
    Kaal.configuration.backend = store.adapter
    Kaal.logger = Logger.new(log)
    Kaal.reset_registry!
    Kaal.reset_coordinator!
    keys.each { |key| Kaal.registry.add(key: key, cron: '@yearly', enqueue: callback) }
    allow(Time).to receive(:now).and_return(time)
    Kaal.tick!
    Array.new(runs.size) { runs.pop }
  end

  Stores::ALL.each_key do |name|
    context "with #{name}" do
      let(:store) { Stores.named(name) }

      before do
        store.begin
        Kaal.configuration.enable_log_dispatch_registry = true
      end

      after { store.finish }

      it 'fires in its own zone, whoever has defined it' do
        Kaal.backend = store.adapter
        Kaal.register(key: 'named', cron: '45 17 * * * Asia/Kathmandu', enqueue: callback)
        Kaal.register(key: 'zoned', cron: '45 17 * * *', zone: 'Asia/Kathmandu', enqueue: callback)
        Kaal.register(key: 'utc', cron: '45 17 * * *', enqueue: callback)
        in_child { store.plain.define('plain', '45 17 * * * Asia/Kathmandu') }
        keys = %w[named zoned utc plain]
        expect(tick(noon + 1, *keys)).to match_array(%w[named zoned plain].map { |key| [key, noon] })
        expect(tick(noon + 20_701, *keys)).to eq([['utc', noon + 20_700]])
      end

      it 'is left out when it is no expression, and stops no other' do
        in_child do
          node = store.plain
          node.define('a bad one', '*/0 * * * *')
          node.define('good', '0 12 * * *')
        end
        expect(tick(noon + 1, 'a bad one', 'good')).to eq([['good', noon]])
        expect(log.string).to include('job a bad one is left out: minute: step "0"')
      end

      it 'is found by the fire time that a callback has, which a job can take as an argument' do
        in_child { store.plain.define('job', '0 12 * * *') }
        fire_time = tick(noon + 1, 'job').dig(0, 1)
        expect(Kaal.dispatched?('job', fire_time)).to be(true)
        expect(Kaal.dispatch_log_registry.find_dispatch('job', fire_time)).to include(key: 'job', fire_time: fire_time)
        passed = in_child do
          require 'active_support/all'
          require 'active_job'
          require 'active_job/arguments'
          ActiveJob::Arguments.deserialize(JSON.parse(JSON.generate(ActiveJob::Arguments.serialize([fire_time]))))
        end
        expect(passed).to eq([fire_time])
      end
    end
  end
end
