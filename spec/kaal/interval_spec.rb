# frozen_string_literal: true

require 'active_support'
require 'active_support/core_ext/integer/time'
require 'active_support/core_ext/numeric/time'

# Jobs with `every:`.
RSpec.describe Kaal do
  let(:runs) { [] }
  let(:log) { StringIO.new }
  let(:noon) { Time.utc(2026, 3, 1, 12, 0, 0) }
  let(:backend) { Kaal::Backend::MemoryAdapter.new }

  before do
    described_class.logger = Logger.new(log)
    described_class.backend = backend
    described_class.configuration.recovery_startup_jitter = 0
    at(noon)
  end

  def at(time)
    allow(Time).to receive(:now).and_return(time)
  end

  def register(key = 'job', every: 900, **options)
    callback = ->(fire_time:, idempotency_key:) { runs << [key, (fire_time - noon).to_i, idempotency_key] }
    described_class.register(key: key, every: every, enqueue: callback, **options)
  end

  # When the job ran, in seconds after noon, by a tick so many seconds after it.
  def tick(seconds)
    at(noon + seconds)
    runs.clear
    described_class.tick!
    runs.map { |_key, time| time }
  end

  # Another process, which registers the same jobs.
  def restart(**options)
    described_class.reset_coordinator!
    described_class.registry.clear
    register(**options)
  end

  def definition
    described_class.definition_registry.find_definition('job')
  end

  describe 'what `every:` takes' do
    {
      900 => 900, 90.0 => 90, 3r => 3, '15m' => 900, '1h30m' => 5_400, '1d' => 86_400, '2W' => 1_209_600, :'45s' => 45,
      15.minutes => 900, 1.5.hours => 5_400
    }.each do |every, seconds|
      it "is #{every.inspect}, #{seconds} seconds" do
        expect([register(every: every).cron, definition[:cron]]).to eq(["@every #{seconds}s"] * 2)
      end
    end

    {
      0 => /every must be a whole number of seconds from 1/, -5 => /is -5/, 0.5 => /is 0.5/, Float::NAN => /is NaN/,
      Float::INFINITY => /is Infinity/, [] => /is \[\]/, '' => /no interval, expected one such as 90s, 15m, 1h30m/,
      '15' => /"15" is no interval/, '-5m' => /is no interval/, '5m UTC' => /has no time zone/, '0s' => /out of range 1s/,
      10**12 => /out of range/, Complex(1, 1) => /every must be/
    }.each do |every, message|
      it "is not #{every.inspect}" do
        expect { register(every: every) }.to raise_error(ArgumentError, message)
        expect(described_class.registered).to eq([])
      end
    end

    it 'is nothing that goes with cron:, and one of them is needed' do
      job = ->(**) {}
      expect { described_class.register(key: 'job', cron: '@daily', every: 5, enqueue: job) }
        .to raise_error(ArgumentError, 'give cron: or every:, not both')
      expect { described_class.register(key: 'job', enqueue: job) }.to raise_error(ArgumentError, 'cron cannot be empty')
    end

    it 'may stand in `cron:` as it is stored' do
      described_class.register(key: 'job', cron: ' @EVERY 1h ', enqueue: ->(**) {})
      expect(definition[:cron]).to eq('@every 3600s')
    end

    it 'has no zone and no policy for daylight-saving changes; a cron expression has no anchor' do
      expect { register(zone: 'UTC', dst: { gap: :shift }) }.to raise_error(ArgumentError, 'dst and zone cannot be given with an interval')
      expect { described_class.register(key: 'job', cron: '@daily', anchor: noon, enqueue: ->(**) {}) }
        .to raise_error(ArgumentError, 'anchor cannot be given with a cron expression: give every: instead')
      expect { register(anchor: 'noon') }.to raise_error(ArgumentError, /anchor must be a Time, or one such as .*, is "noon"/)
      # What no number of seconds can be made of would stop all jobs.
      expect { register(anchor: '99999999999999-01-01T00:00:00Z') }.to raise_error(ArgumentError, /anchor must be a Time/)
    end
  end

  describe 'a job with it' do
    it 'runs so many seconds after its registration, and so on' do
      register
      expect([0, 899, 900, 901, 1_800.9, 2_700].map { |seconds| tick(seconds) }).to eq([[], [], [900], [], [1_800], [2_700]])
    end

    it 'has the time that it was due for as its identity, also when it is late' do
      register
      tick(930)
      expect(runs).to eq([['job', 900, "kaal-job-#{noon.to_i + 900}"]])
      expect(backend.acquire("kaal:dispatch:job:#{noon.to_i + 900}", 1)).to be(false)
    end

    it 'runs at its anchor and whole intervals from it, and not for what was before its registration' do
      register(anchor: noon - 300)
      expect([0, 599, 600, 1_500].map { |seconds| tick(seconds) }).to eq([[], [], [600], [1_500]])
      register('ahead', anchor: noon + 4_000)
      expect([3_999, 4_000, 4_900].map do |seconds|
               tick(seconds) && runs.filter_map do |key, time|
                 time if key == 'ahead'
               end
             end)
        .to eq([[], [4_000], [4_900]])
    end

    it 'is neither reset nor repeated by a restart' do
      register
      tick(900)
      restart
      expect([tick(1_000), tick(1_799), tick(1_800)]).to eq([[], [], [1_800]])
    end

    it 'runs once for what was due while nothing ran' do
      register
      tick(900)
      restart
      expect([tick(100_000), tick(100_001), tick(100_800)]).to eq([[99_900], [], [100_800]])
    end

    it 'runs once for what was due while the scheduler stood still' do
      register
      expect([tick(0), tick(100_000), tick(100_001)]).to eq([[], [99_900], []])
    end

    it 'makes up for what its job says' do
      register(missed: :skip)
      expect([tick(900), tick(5_000), tick(5_400)]).to eq([[900], [], [5_400]])
      restart(missed: :latest, missed_within: 60)
      expect([tick(6_300 + 61), tick(7_200)]).to eq([[], [7_200]])
      described_class.configuration.enable_log_dispatch_registry = true
      restart(missed: :all)
      expect(tick(7_201)).to eq([])
      expect(tick(10_000)).to eq([8_100, 9_000, 9_900])
    end

    it 'is run by one of two processes, whatever has become of their leases' do
      register
      2.times { restart }
      first = tick(50_000)
      described_class.reset_coordinator!
      expect([first, tick(50_300)]).to eq([[49_500], []])
    end

    it 'counts anew when its interval changes, or when it is enabled' do
      register
      at(noon + 100)
      restart(every: 60)
      expect([tick(159), tick(160), tick(220)]).to eq([[], [160], [220]])
      described_class.disable(key: 'job')
      expect(tick(300)).to eq([])
      at(noon + 1_010)
      described_class.enable(key: 'job')
      expect([tick(1_069), tick(1_070)]).to eq([[], [1_070]])
    end

    it 'is claimed again where the store failed, once' do
      register
      intervals = backend.intervals
      failing = true
      allow(intervals).to receive(:advance_intervals).and_wrap_original do |original, *arguments|
        original.call(*arguments).tap { raise Kaal::Backend::StoreError, 'away' if failing }
      end
      expect(tick(900)).to eq([])
      failing = false
      expect([tick(901), tick(902)]).to eq([[900], []])
      expect(log.string).to include('asking for the last runs of intervals failed, trying again: away')
    end

    context 'when a claim does not come to its end' do
      # What comes before or after the last run of a job is moved on; whether there is room for it is asked with 0.
      def when_moved_on(before: -> {}, after: -> {})
        allow(backend.intervals).to receive(:advance_intervals).and_wrap_original do |advance, *arguments|
          asking = arguments.last.first.last.zero?
          before.call unless asking
          advance.call(*arguments).tap { after.call unless asking }
        end
      end

      def away
        -> { raise Kaal::Backend::StoreError, 'away' }
      end

      def lease
        described_class.configuration.lease_ttl
      end

      before { register }

      it 'is another\'s to run where its process ends before it' do
        allow(backend).to receive(:claim_many) { throw :gone }
        catch(:gone) { tick(900) }
        allow(backend).to receive(:claim_many).and_call_original
        restart
        expect(tick(901)).to eq([900])
      end

      it 'is made up for where its process ends before its last run was moved on, when the lease has ended' do
        when_moved_on(before: -> { throw :gone })
        catch(:gone) { tick(900) }
        when_moved_on
        ran = [901, 901 + lease, 902 + lease].map do |seconds|
          restart
          tick(seconds)
        end
        expect(ran).to eq([[], [900], []])
      end

      { before: 'before', after: 'after' }.each do |place, word|
        it "is moved on at the next tick where the store failed #{word} that, of which the log tells once" do
          when_moved_on(place => away)
          expect([tick(900), tick(901)]).to eq([[], []])
          when_moved_on
          expect([tick(902), tick(903)]).to eq([[900], []])
          expect(log.string.scan('asking for the last runs of intervals failed, trying again: away').size).to eq(1)
        end

        it "is moved on at the next tick where an interrupt came #{word} that" do
          when_moved_on(place => -> { throw :interrupted })
          catch(:interrupted) { tick(900) }
          when_moved_on
          expect([tick(901), tick(902)]).to eq([[900], []])
        end
      end

      it 'is not claimed where the store has no room for last runs, which is told once' do
        allow(backend.intervals).to receive(:advance_intervals).and_raise(Kaal::Backend::StoreError, 'no such table')
        expect([tick(900), tick(901), tick(902)]).to eq([[], [], []])
        expect(log.string.scan('no such table').size).to eq(1)
        restart
        allow(backend.intervals).to receive(:advance_intervals).and_call_original
        expect(tick(903)).to eq([900])
      end
    end

    it 'is back-filled as others are' do
      described_class.configuration.enable_log_dispatch_registry = true
      register(missed: :skip)
      tick(3_600)
      expect(described_class.backfill(key: 'job', from: noon, to: noon + 3_600)).to eq(3)
    end

    it 'runs on request beside its runs' do
      register
      tick(2_000)
      runs.clear
      described_class.dispatch_now(key: 'job')
      expect([runs.map { |_key, time| time }, tick(2_700)]).to eq([[2_000], [2_700]])
    end

    it 'tells when it runs next' do
      register(anchor: noon + 60)
      expect(described_class.job_statuses).to match([have_attributes(next_time: noon + 60, cron: '@every 900s', error: nil)])
    end

    it 'runs at least once where it says so' do
      described_class.configuration.enable_log_dispatch_registry = true
      register(guarantee: :at_least_once)
      tick(900)
      expect(backend.open_claims.renew_claims([['job', noon.to_i + 900]], { namespace: 'kaal', node_id: 'x', ttl: 1 })).to eq([false])
      expect(described_class.dispatched?('job', noon + 900)).to be(true)
    end

    context 'when it is to run at least once' do
      before { described_class.configuration.enable_log_dispatch_registry = true }

      # What comes after the last run was moved on.
      def when_moved_on(after)
        allow(backend.intervals).to receive(:advance_intervals).and_wrap_original do |advance, *arguments|
          advance.call(*arguments).tap { after.call }
        end
      end

      def left
        described_class.configuration.lease_ttl
      end

      it 'is not lost where its process ends in the middle of a claim' do
        register(guarantee: :at_least_once)
        when_moved_on(-> { throw :gone })
        catch(:gone) { tick(900) }
        when_moved_on(-> {})
        restart(guarantee: :at_least_once)
        expect([tick(901), tick(901 + left), tick(902 + left)]).to eq([[], [900], []])
      end

      it 'is left to the next takeover where the store fails in the middle of a claim' do
        register(guarantee: :at_least_once)
        when_moved_on(-> { raise Kaal::Backend::StoreError, 'away' })
        expect([tick(900), tick(901), tick(901 + left)]).to eq([[], [], [900]])
      end

      it 'is not called for what was its last run before there was a log' do
        described_class.configuration.enable_log_dispatch_registry = false
        register
        tick(900)
        described_class.configuration.enable_log_dispatch_registry = true
        restart(guarantee: :at_least_once)
        expect([tick(901 + left), tick(902 + (2 * left)), tick(1_800)]).to eq([[], [], [1_800]])
      end
    end

    it 'starts later with a splay, at the same times' do
      register(splay: 600)
      delay = (901..1_500).find { |seconds| tick(seconds).any? } - 900
      expect([runs.map { |_key, time| time }, delay]).to match([[900], be_between(1, 600)])
      restart(splay: 600)
      expect(tick(1_799)).to eq([])
    end

    it 'runs on a backend of the app\'s own, within the look-back' do
      described_class.backend = Class.new(Kaal::Backend::Adapter) { def acquire(_key, _ttl) = true }.new
      register
      expect([tick(900), tick(1_801)]).to eq([[900], [1_800]])
      restart
      expect(tick(3_000)).to eq([])
    end
  end

  it 'shows and explains intervals' do
    expect(described_class.next_times('@every 15m', count: 2, from: noon)).to eq([noon + 900, noon + 1_800])
    expect(described_class.simplify('@every 90m')).to eq('@every 5400s')
    expect([described_class.lint('@every 15m'), described_class.lint('@every 15')])
      .to eq([[], ['"15" is no interval, expected one such as 90s, 15m, 1h30m, 1d, 2w']])
    expect(described_class.valid?('@every 15m')).to be(false) # by the gem kaal's rule
    expect { described_class.simplify('@often') }.to raise_error(Kaal::CronError, /expected one of .* or @every/)
  end

  {
    '900s' => 'Every 15 minutes', '1m' => 'Every minute', '90s' => 'Every 90 seconds', '1h' => 'Every hour',
    '90m' => 'Every 90 minutes', '2d' => 'Every 2 days', '2w' => 'Every 2 weeks'
  }.each do |interval, words|
    it "puts #{interval} as: #{words}" do
      expect(described_class.to_human("@every #{interval}")).to eq(words)
    end
  end

  it 'speaks of intervals in another language' do
    expect(described_class.to_human('@every 5m', locale: :de)).to eq('Alle 5 Minuten')
  end

  it 'has intervals as expressions' do
    interval = Kaal::Cron.parse('@every 15m')
    expect([interval.interval, interval.to_cron_s, interval.named_zone, interval.fields, interval.inspect])
      .to eq([900, '@every 900s', nil, {}, '#<Kaal::Cron "@every 900s">'])
    expect([interval.next_time(noon), interval.previous_time(noon), interval.match?(noon)]).to eq([noon + 900, noon - 900, false])
    expect([interval == Kaal::Cron.parse('@every 900s'), Kaal::Cron.parse('@daily').interval]).to eq([true, nil])
    since = Kaal::Cron.parse('@every 15m', since: noon)
    expect([since.next_time(noon + 950), since.previous_time(noon + 950), since.match?(noon + 1_800), since == interval])
      .to eq([noon + 1_800, noon + 900, true, false])
    expect(Kaal::Cron.parse('@every 15m', since: noon, anchor: noon + 5).next_times(2, noon)).to eq([noon + 5, noon + 905])
  end
end
