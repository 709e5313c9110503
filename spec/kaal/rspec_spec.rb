# frozen_string_literal: true

require 'kaal/rspec/helpers'
require 'kaal/rspec/isolation'

# rubocop:disable RSpec/ExpectActual -- matchers take keys

# As `require 'kaal/rspec'` does, but for these examples only.
RSpec.describe Kaal::RSpec::Helpers do
  include described_class

  around { |example| Kaal::RSpec.const_get(:Isolation).around { example.run } }

  let(:nine) { Time.utc(2026, 3, 2, 9) }

  before do
    Kaal.backend = Kaal::Backend::MemoryAdapter.new
    allow(Time).to receive(:now).and_return(nine + 30)
  end

  def register(key, cron = '0 9 * * *', **options, &callback)
    Kaal.register(key: key, cron: cron, enqueue: callback || ->(**) {}, **options)
  end

  def fail_saying(message)
    raise_error(RSpec::Expectations::ExpectationNotMetError, message)
  end

  describe '#travel_and_tick' do
    it 'dispatches what is due on the way, at its time and in order, and nothing from before' do
      calls = []
      note = ->(name) { ->(fire_time:, **) { calls << [name, fire_time, Time.now] } }
      register('daily', &note[:daily])
      register('noon', '0 12 2 * *', &note[:noon])
      travel_and_tick(2 * 86_400)
      expect(calls).to eq(
        [[:noon, nine + 10_800, nine + 10_800], *[1, 2].map { |day| [:daily, nine + (day * 86_400), nine + (day * 86_400)] }]
      )
      expect(Time.now).to eq(nine + 30 + (2 * 86_400))
      expect(Kaal.window_lookback).to eq(120)
    end

    it 'goes to a time, which counts too, and not back' do
      register('daily')
      expect { travel_and_tick(nine + 86_400) }.to have_dispatched('daily').times(1)
      expect { travel_and_tick(nine) }.to raise_error(ArgumentError, 'cannot travel back, from 2026-03-03 09:00:00 UTC to 2026-03-02 09:00:00 UTC')
      expect { travel_and_tick('tomorrow') }.to raise_error(ArgumentError, /expected a duration in seconds or a time, got "tomorrow"/)
    end

    it 'waits for the splay of a job' do
      started = nil
      register('daily', splay: 600) { |**| started = Time.now }
      travel_and_tick(86_400 + 600)
      expect(started).to be_between(nine + 86_401, nine + 86_400 + 600)
      expect(Kaal).to have_dispatched('daily').at(nine + 86_400)
    end

    it 'goes on where a claim fails, and claims it later' do
      %w[daily also].each { |key| register(key) }
      failures = 1
      allow(Kaal.backend).to receive(:claim_many).and_wrap_original do |claim, *arguments, **options|
        raise Kaal::Backend::LockAdapterError, 'gone' if (failures -= 1) >= 0

        claim.call(*arguments, **options)
      end
      travel_and_tick(86_400)
      expect(Kaal).to have_dispatched('daily').at(nine + 86_400).times(1).and have_dispatched('also').times(1)
    end

    it 'needs something that stubs the time' do
      example = Object.new.extend(described_class)
      expect { example.travel_and_tick(1) }.to raise_error(RuntimeError, /include ActiveSupport::Testing::TimeHelpers, or use rspec-mocks/)
    end
  end

  describe '#have_dispatched' do
    before do
      register('daily')
      register('other', '0 9 3 * *')
      register('never', '@yearly')
    end

    let(:next_day) { nine + 86_400 }
    let(:seen) { 'at 2026-03-03 09:00:00 UTC' }

    it 'sees what was dispatched, in the block or since the example began' do
      expect { travel_and_tick(86_400) }.to have_dispatched('daily').and have_dispatched(:other).at(next_day)
      expect { travel_and_tick(86_400) }.to have_dispatched('daily').times(1)
      expect(Kaal).to have_dispatched('daily').times(2).and have_dispatched('daily').at(next_day).times(1)
      expect(Kaal).not_to have_dispatched('never')
      expect { nil }.not_to have_dispatched('daily')
    end

    it 'counts a run once that is called again' do
      failures = 1
      Kaal.unregister(key: 'never')
      register('never', on_error: :retry) { |**| raise 'not yet' if (failures -= 1) >= 0 }
      travel_and_tick(86_400)
      Timeout.timeout(5) { Kaal.tick! until failures.negative? }
      expect(Kaal).to have_dispatched('never').times(1)
    end

    it 'says what was dispatched instead' do
      travel_and_tick(86_400)
      expect { expect(Kaal).to have_dispatched('daily').at(nine) }.to fail_saying(
        "expected Kaal to dispatch daily at 2026-03-02 09:00:00 UTC, but it was dispatched 1 time: #{seen}"
      )
      expect { expect(Kaal).to have_dispatched('daily').times(2) }.to fail_saying(
        "expected Kaal to dispatch daily 2 times, but it was dispatched 1 time: #{seen}"
      )
      expect { expect(Kaal).to have_dispatched('never') }.to fail_saying(
        "expected Kaal to dispatch never, but it was not dispatched; dispatched was: daily #{seen}, other #{seen}"
      )
    end

    it 'says what is dispatched instead in a block, and what jobs there are' do
      expect { expect { nil }.to have_dispatched('dialy') }.to fail_saying(
        'expected the block to dispatch dialy, but it was not dispatched; dispatched was: nothing; ' \
        'no job has this key, there are: daily, never, other'
      )
    end

    it 'says what was dispatched after all' do
      travel_and_tick(86_400)
      expect { expect(Kaal).not_to have_dispatched('daily').at(next_day) }.to fail_saying(
        "expected Kaal not to dispatch daily #{seen}, but it was dispatched 1 time: #{seen}"
      )
    end

    it 'takes a block or Kaal' do
      expect { expect('daily').to have_dispatched('daily') }.to raise_error(ArgumentError, 'HaveDispatched: expected a block or Kaal, got "daily"')
    end
  end

  describe '#be_scheduled' do
    before { register('daily') }

    it 'sees a job, its expression and its switch' do
      expect(Kaal).to be_scheduled('daily').with_cron('00 9 * jan-dec *').enabled
      expect(Kaal).to be_scheduled(:daily).and have_attributes(registered: be_one)
      Kaal.disable(key: 'daily')
      expect(Kaal).to be_scheduled('daily')
      expect(Kaal).not_to be_scheduled('daily').enabled
      expect(Kaal).not_to be_scheduled('dialy')
    end

    it 'says how it is scheduled instead' do
      expect { expect(Kaal).to be_scheduled('daily').with_cron('@daily').enabled }.to fail_saying(
        'expected Kaal to have daily scheduled with cron "@daily", enabled, but it is scheduled with cron "0 9 * * *", enabled'
      )
      expect { expect(Kaal).to be_scheduled('dialy') }.to fail_saying(
        'expected Kaal to have dialy scheduled, but it is not; scheduled are: daily (0 9 * * *)'
      )
      expect { expect(Kaal).not_to be_scheduled('daily') }.to fail_saying(
        'expected Kaal not to have daily scheduled, but it is scheduled with cron "0 9 * * *", enabled'
      )
      Kaal.unregister(key: 'daily')
      expect { expect(Kaal).to be_scheduled('daily').enabled }.to fail_saying(
        'expected Kaal to have daily scheduled enabled, but it is not; scheduled are: none'
      )
    end

    it 'refuses what is no expression, and what is not Kaal' do
      expect { be_scheduled('daily').with_cron('often') }.to raise_error(Kaal::CronError)
      expect { expect('daily').to be_scheduled('daily') }.to raise_error(ArgumentError, 'BeScheduled: expected Kaal, got "daily"')
    end
  end

  it 'are told where nothing notes what is dispatched' do
    Kaal::RSpec.const_get(:Dispatches).instance_variable_set(:@runs, nil)
    expect { expect(Kaal).to have_dispatched('daily') }.to raise_error(RuntimeError, %r{require 'kaal/rspec'})
  end

  describe '#fire_next_at' do
    before { register('daily', zone: 'Europe/Paris') }

    it 'sees the next fire time of a job, with its zone, or of an expression' do
      expect('daily').to fire_next_at(nine + 82_800)
      expect(:daily).not_to fire_next_at(nine)
      expect('0 9 * * * UTC').to fire_next_at(nine + 86_400)
    end

    it 'says when it fires instead' do
      expect { expect('daily').to fire_next_at(nine) }.to fail_saying(
        'expected daily to fire next at 2026-03-02 09:00:00 UTC, but it fires next at 2026-03-03 08:00:00 UTC'
      )
      expect { expect('@noon').not_to fire_next_at(nine + 10_800) }.to fail_saying(
        'expected @noon not to fire next at 2026-03-02 12:00:00 UTC, but it fires next at 2026-03-02 12:00:00 UTC'
      )
      Kaal.disable(key: 'daily')
      expect { expect('daily').to fire_next_at(nine) }.to fail_saying(
        'expected daily to fire next at 2026-03-02 09:00:00 UTC, but it is disabled'
      )
    end

    it 'refuses what is neither' do
      expect { expect('dialy').to fire_next_at(nine) }.to raise_error(ArgumentError, /\A"dialy" is not the key of a job, and no cron expression: /)
      expect { expect(9).to fire_next_at(nine) }.to raise_error(ArgumentError, 'FireNextAt: expected the key of a job or a cron expression, got 9')
    end
  end
end

# rubocop:enable RSpec/ExpectActual
