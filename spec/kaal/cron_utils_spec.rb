# frozen_string_literal: true

RSpec.describe Kaal::CronUtils do
  it 'knows what Kaal calls valid: five fields or a macro' do
    valid = ['* * * * *', '*/5 9-17 * jan mon-fri', '@daily', '@HOURLY', '0 0 1 1 *']
    invalid = ['', nil, '* * * *', '60 * * * *', '@reboot', '@noon', '* * * * * *', '0 0 * * * UTC', '@daily UTC']
    expect(valid.reject { |text| Kaal.valid?(text) }).to eq([])
    expect(invalid.select { |text| Kaal.valid?(text) }).to eq([])
  end

  it 'takes seconds where asked to, but no zone' do
    expect(['*/10 * * * * *', '* * * * *'].map { |text| Kaal.valid?(text, seconds: true) }).to eq([true, true])
    expect(['0 0 * * * UTC', '60 * * * * *'].map { |text| Kaal.valid?(text, seconds: true) }).to eq([false, false])
  end

  it 'simplifies to a macro, else to single spaces' do
    { '0 0 * * *' => '@daily', '@annually' => '@yearly', '@midnight' => '@daily', ' 0  9 * *  mon ' => '0 9 * * mon',
      '0 * * * *' => '@hourly', '@noon' => '@noon' }.each do |text, simple|
      expect(Kaal.simplify(text)).to eq(simple), text
    end
    expect { Kaal.simplify('61 * * * *') }.to raise_error(ArgumentError, 'minute: 61 is out of range 0-59')
  end

  it 'lints: all that is wrong, else what may surprise' do
    expect(Kaal.lint('61 25 * * *')).to eq(['minute: 61 is out of range 0-59', 'hour: 25 is out of range 0-24'])
    expect(Kaal.lint('0 9 * * mon-fri', zone: 'UTC')).to eq([])
    expect(Kaal.lint('0 0 13 * fri', zone: 'UTC')).to match([/fires on days that match either/])
    expect(Kaal.lint('30 2 * * *', zone: 'Europe/Paris')).to match([/02:30 does not exist on/, /02:30 comes twice on/])
  end

  it 'gives the next times of an expression' do
    expect(Kaal.next_times('@hourly', count: 2, from: Time.utc(2026), zone: 'UTC'))
      .to eq([Time.utc(2026, 1, 1, 1), Time.utc(2026, 1, 1, 2)])
  end
end
