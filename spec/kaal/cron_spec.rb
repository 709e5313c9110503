# frozen_string_literal: true

RSpec.describe Kaal::Cron do
  def cron(expression, zone: 'UTC', **options)
    described_class.parse(expression, zone: zone, **options)
  end

  it 'gives the fire times on both sides of a time, as UTC Times' do
    weekdays = cron('30 9 * * mon-fri', zone: 'Europe/Paris')
    friday = Time.utc(2026, 11, 20, 8, 30)
    monday = Time.utc(2026, 11, 23, 8, 30)
    expect(weekdays.next_time(friday)).to eq(monday)
    expect(weekdays.previous_time(monday)).to eq(friday)
    expect(weekdays.next_time(friday)).to be_utc.and be_instance_of(Time)
  end

  it 'counts from the whole second that a time lies in' do
    every_second = cron('* * * * * *')
    noon = Time.utc(2026, 1, 1, 12)
    expect(every_second.next_time(noon + 0.9)).to eq(noon + 1)
    expect(every_second.previous_time(noon + 0.1)).to eq(noon)
    expect(every_second.previous_time(noon)).to eq(noon - 1)
    expect(every_second.match?(noon + 0.5)).to be(true)
    expect(cron('* * * * *').match?(noon + 1)).to be(false)
  end

  it 'takes the present, also a frozen one, and whatever becomes a Time' do
    require 'active_support'
    require 'active_support/testing/time_helpers'
    extend ActiveSupport::Testing::TimeHelpers
    travel_to(Time.utc(2026, 1, 1, 12)) do
      expect(cron('@hourly').next_time).to eq(Time.utc(2026, 1, 1, 13))
      expect(cron('@hourly').previous_time).to eq(Time.utc(2026, 1, 1, 11))
    end
    expect(cron('@hourly').next_time(DateTime.new(2026, 1, 1, 12))).to eq(Time.utc(2026, 1, 1, 13))
    zoned = Time.utc(2026, 1, 1, 12).in_time_zone('Asia/Tokyo')
    expect(cron('@hourly').next_time(zoned)).to eq(Time.utc(2026, 1, 1, 13))
  end

  it 'refuses what is no time' do
    require 'active_support/core_ext/string/conversions' # gives a String a to_time
    expect { cron('@daily').next_time('noon') }.to raise_error(TypeError, 'expected a Time, got "noon"')
    expect { cron('@daily').match?(nil) }.to raise_error(TypeError, /got nil/)
    expect { cron('@daily').next_time(Time.now, 1) }.to raise_error(ArgumentError, /given 2, expected 0..1/)
  end

  describe '#each_between' do
    it 'yields the times after the first and up to the last' do
      times = cron('@daily').each_between(Time.utc(2026), Time.utc(2026, 1, 3))
      expect(times).to be_a(Enumerator)
      expect(times.to_a).to eq([Time.utc(2026, 1, 2), Time.utc(2026, 1, 3)])
    end

    it 'goes on over any number of times' do
      every_minute = cron('* * * * *')
      yielded = []
      expect(every_minute.each_between(Time.utc(2026), Time.utc(2026, 1, 3)) { |time| yielded << time })
        .to be(every_minute)
      expect(yielded).to eq((1..2880).map { |minute| Time.utc(2026) + (minute * 60) })
    end
  end

  it 'gives the next so many times' do
    expect(cron('@monthly').next_times(2, Time.utc(2026))).to eq([Time.utc(2026, 2), Time.utc(2026, 3)])
    expect { cron('@monthly').next_times(-1) }.to raise_error(ArgumentError, /must not be negative/)
    [nil, 'many', []].each do |count|
      expect { cron('@monthly').next_times(count) }.to raise_error(ArgumentError, /whole number, is #{Regexp.escape(count.inspect)}/)
    end
  end

  it 'gives any number of next times, and can be interrupted' do
    midnight = Time.utc(2026)
    expect(cron('* * * * *').next_times(2_500, midnight)).to eq((1..2_500).map { |minute| midnight + (minute * 60) })
    began = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    expect { Timeout.timeout(0.1) { cron('* * * * * *').next_times(10**30) } }.to raise_error(Timeout::Error)
    expect(Process.clock_gettime(Process::CLOCK_MONOTONIC) - began).to be < 5
  end

  it 'never fires where there is no such day in 400 years' do
    never = cron('0 0 29 2 mon%20000&')
    expect([never.next_time, never.previous_time, never.next_times(3)]).to eq([nil, nil, []])
  end

  describe 'the zone' do
    it 'is that of the expression, else the given, the configured, ENV TZ, Rails' do
      expect(cron('@daily Asia/Tokyo', zone: 'Europe/Paris')).to have_attributes(zone: 'Asia/Tokyo',
                                                                                 named_zone: 'Asia/Tokyo')
      expect(cron('@daily', zone: 'Europe/Paris')).to have_attributes(zone: 'Europe/Paris', named_zone: nil)
      Kaal.time_zone = 'Asia/Kathmandu'
      expect(described_class.parse('@daily').zone).to eq('Asia/Kathmandu')
    end

    it 'is refused where there is none of the name' do
      expect { cron('@daily', zone: 'europe/paris') }.to raise_error(Kaal::CronError, /\Atime zone: "europe.paris" is/)
      expect { cron('0 0 * * * Mars/Olympus') }.to raise_error(Kaal::CronError) { |error|
        expect(error).to have_attributes(message: /\Atime zone: "Mars.Olympus"/, position: 10)
      }
    end
  end

  describe 'the policy for daylight-saving changes' do
    let(:before_gap) { Time.utc(2026, 3, 28, 12) }
    let(:before_overlap) { Time.utc(2026, 10, 24, 12) }

    def times(from, **dst)
      cron('30 2 * * *', zone: 'Europe/Paris', dst: dst).next_times(2, from).map { |time| time.strftime('%d %H:%M') }
    end

    it 'leaves out or shifts what falls into a gap' do
      expect(times(before_gap)).to eq(['30 00:30', '31 00:30'])
      expect(times(before_gap, gap: :shift)).to eq(['29 01:00', '30 00:30'])
    end

    it 'fires both times of an overlap, or one' do
      expect(times(before_overlap)).to eq(['25 00:30', '25 01:30'])
      expect(times(before_overlap, overlap: :first)).to eq(['25 00:30', '26 01:30'])
      expect(times(before_overlap, 'overlap' => 'last')).to eq(['25 01:30', '26 01:30'])
    end

    it 'is the configured one where none is given' do
      Kaal.configuration.dst = { gap: :shift }
      expect(described_class.parse('@daily', zone: 'UTC').dst).to eq(gap: :shift, overlap: :both)
      Kaal.configuration.dst = { gap: :hold }
      expect(Kaal.validate).to eq(['dst: gap must be :skip or :shift, is :hold'])
    end

    it 'is refused where it is none' do
      { 5 => /expected a Hash such as/, { gap: :hold } => /gap must be :skip or :shift, is :hold/,
        { overlap: nil } => /overlap must be :both or :first or :last, is nil/,
        { gaps: :skip } => /unknown option :gaps, expected gap and overlap/ }.each do |dst, message|
        expect { cron('@daily', dst: dst) }.to raise_error(ArgumentError, message), dst.inspect
      end
    end
  end

  it 'says where in an expression it is wrong, and how' do
    expect { cron('* * 1,32 * *') }.to raise_error(Kaal::CronError) { |error|
      expect(error).to have_attributes(
        message: 'day-of-month: 32 is out of range 1-31 (-31..-1, last)', position: 6
      )
    }
  end

  it 'refuses what is no expression' do
    [nil, 5, [], "\xff * * * *", 'x' * 2000, "* *\0 * * *", ''].each do |wrong|
      expect { cron(wrong) }.to raise_error(Kaal::CronError), wrong.inspect
    end
    expect(cron('@daily'.encode('UTF-16'))).to eq(cron(:@daily))
  end

  it 'is equal whether the expression or the caller names the zone, but not under another policy' do
    named = cron('0 0 * * * Europe/Paris')
    given = cron('0 0 * * *', zone: 'Europe/Paris')
    expect(named).to eq(given).and eql(given)
    expect(named.hash).to eq(given.hash)
    expect(given).not_to eq(cron('0 0 * * *', zone: 'Europe/Paris', dst: { gap: :shift }))
    expect(named).not_to eq(cron('0 0 * * * Asia/Tokyo'))
  end

  it 'is a frozen value: equal where it fires alike' do
    one = cron('0 0 * * 7')
    other = cron('@weekly')
    expect(one).to be_frozen.and eq(other).and eql(other)
    expect({ one => 1 }[other]).to eq(1)
    expect(one).not_to eq(cron('@weekly', zone: 'Europe/Paris'))
    expect([one.to_cron_s, one.to_s, one.inspect]).to eq(['0 0 * * 0', '0 0 * * 0', '#<Kaal::Cron "0 0 * * 0" in UTC>'])
    expect([one.seconds?, cron('5 * * * * *').seconds?]).to eq([false, true])
    expect([one.dup, one.clone, one.clone(freeze: true)]).to all(be(one))
    expect { one.clone(freeze: false) }.to raise_error(ArgumentError, "can't unfreeze Kaal::Cron")
    expect(Ractor.shareable?(one)).to be(true)
  end
end
