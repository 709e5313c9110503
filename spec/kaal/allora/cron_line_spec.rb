# frozen_string_literal: true

require 'kaal/allora'

RSpec.describe Allora::CronLine do
  around do |example|
    zone = ENV.fetch('TZ', nil)
    ENV['TZ'] = 'Europe/Berlin'
    example.run
  ensure
    ENV['TZ'] = zone
  end

  let(:sunday) { Time.new(2026, 3, 1, 12, 0, 0) }

  def after(line, from = sunday)
    described_class.new(line).next_time(from).strftime('%F %T')
  end

  {
    '0 2,14 * * *' => '2026-03-01 14:00:00', '*/20 * * * *' => '2026-03-01 12:20:00', '15 * * * * *' => '2026-03-01 12:00:15',
    '0 9 * * mon' => '2026-03-02 09:00:00', '0 9 * * MON-fri' => '2026-03-02 09:00:00', '0 0 * * 7' => '2026-03-08 00:00:00',
    '0 9 * * tue#2' => '2026-03-10 09:00:00', '0 9 * * mon#1,fri#1' => '2026-03-02 09:00:00', '5-30/5 13 * * *' => '2026-03-01 13:05:00'
  }.each do |line, time|
    it "reads #{line}" do
      expect(after(line)).to eq(time)
    end
  end

  it 'needs day-of-month and weekday both to match' do
    expect(after('0 0 13 * fri')).to eq('2026-03-13 00:00:00')
    expect(after('0 0 14 * fri')).to eq('2026-08-14 00:00:00')
    expect(after('0 0 1-7 * mon#1')).to eq('2026-03-02 00:00:00')
  end

  it 'runs in the zone of the process' do
    expect(described_class.new('0 13 * * *').next_time(sunday)).to have_attributes(to_i: Time.utc(2026, 3, 1, 12).to_i, utc_offset: 3_600)
  end

  it 'tells whether a time matches, and what it was made of' do
    line = described_class.new('0 12 * * sun')
    expect([line.matches?(sunday), line.matches?(sunday + 1), line.original]).to eq([true, false, '0 12 * * sun'])
  end

  {
    '* * * *' => /must have 5 fields/, '* * * * * * *' => /must have 5 fields/, '' => /must have 5 fields/,
    '0 22-2 * * *' => /"22-2" must be \*, a number, or a range from small to large/, '0 0 * jan *' => /"jan" must be/,
    '0 0 L * *' => /"L" must be/, '0 0 -1 * *' => /"-1" must be/, '0 0 * * fri-sun' => /"5-0" must be/,
    '0 0 * * mon#6' => /"1#6" must be/, '0 0 * * mon%2' => /"1%2" must be/, '0 0 * * foo' => /"foo" must be/,
    '0 5/2 * * *' => %r{"5/2" must be}, '60 * * * *' => /minute: 60 is out of range 0-59/, ', * * * *' => /"" must be/,
    '*/0 * * * *' => /minute: step/, '0 0 30 2 *' => /is no day of any of the months/, '@daily' => /must have 5 fields/,
    '0 0 * * * Europe/Paris' => %r{"Europe/Paris" must be}, nil => /must be a String/
  }.each do |line, message|
    it "refuses #{line.inspect}" do
      expect { described_class.new(line) }.to raise_error(ArgumentError, message)
    end
  end
end
