# frozen_string_literal: true

require 'active_support'
require 'active_support/testing/time_helpers'
require 'stores'

# What clocks do to runs that only leases protect.
RSpec.describe 'Clocks' do
  include ActiveSupport::Testing::TimeHelpers

  let(:noon) { Time.utc(2026, 3, 1, 12, 0, 0) }
  let(:runs) { Queue.new }

  def register(cron)
    Kaal.backend = store.adapter
    Kaal.register(key: 'job', cron: cron, enqueue: ->(fire_time:, **) { runs << fire_time })
  end

  def tick
    Kaal.tick!
    Array.new(runs.size) { runs.pop }
  end

  Stores::ALL.each_key do |name|
    # Leases of sessions protect nothing from before the start of a scheduler; a file's clock is the machine's.
    ours_alone = name == 'SQLite' || name.include?('sessions')

    context "with #{name}" do
      let(:store) { Stores.named(name) }

      before { store.begin }

      after do
        travel_back
        store.finish
      end

      it 'that a test has frozen and moves drive a tick' do
        travel_to(noon) { register('*/5 * * * *') }
        expect(travel_to(noon - 1) { tick }).to eq([])
        travel_to(noon)
        expect([tick, tick]).to eq([[noon], []])
        travel(299)
        expect(tick).to eq([])
        travel(1)
        expect(tick).to eq([noon + 300])
        travel_to(noon + 86_400)
        expect(tick).to eq([noon + 86_400])
        travel_to(noon + 300)
        expect(tick).to eq([])
        travel_back
        expect(Kaal.clock_skew.to_f).to be_within(0.5).of(0)
      end

      # The lease has ended, by the store's clock, when the run is still in the look-back of the node that is behind.
      it 'that differ by ten seconds do not make a second node run it again', unless: ours_alone do
        travel_to(noon) { register('0 12 * * *') }
        Kaal.lease_ttl = 1
        expect(travel_to(noon) { tick }).to eq([noon])
        other = store.adapter
        wait_for('the lease to end') { other.acquire("kaal:dispatch:job:#{noon.to_i}", 0.001) }
        Kaal.lease_ttl = 125
        allow(Process).to receive(:clock_gettime).and_wrap_original do |real, clock, *unit|
          real.call(clock, *unit) - (clock == Process::CLOCK_REALTIME ? 10 : 0)
        end
        Kaal.backend = store.adapter
        Kaal.reset_coordinator!
        expect(travel_to(noon + 126 - 10) { tick }).to eq([])
        expect(Kaal.clock_skew).to be_within(0.5).of(10)
      end
    end
  end
end
