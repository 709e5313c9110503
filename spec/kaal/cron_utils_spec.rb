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

  it 'counts words as the parser does, and calls nothing valid that is no text' do
    expect(["\xff * * * *", '* * * *'.encode('UTF-16'), "*\v* * * *", 5, []].map { |text| Kaal.valid?(text) })
      .to eq([false] * 5)
    expect(['1, ,2 * * * *', '* * * * *'.encode('UTF-16'), :@daily].map { |text| Kaal.valid?(text) }).to eq([true] * 3)
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

  it 'lints what is no expression too' do
    [nil, 1, "\xff", ''].each { |wrong| expect(Kaal.lint(wrong)).to match([/expression/]), wrong.inspect }
    expect(Kaal.lint('@daily', zone: 'Mars/Olympus')).to match([/\Atime zone: "Mars.Olympus"/])
    expect(Kaal.lint('@daily', zone: :UTC)).to eq([])
  end

  it 'says nothing of daylight-saving changes that the configuration settles' do
    Kaal.configuration.dst = { gap: :shift, overlap: :first }
    expect(Kaal.lint('30 2 * * *', zone: 'Europe/Paris')).to eq([])
    Kaal.configuration.dst = { gap: :shift }
    expect(Kaal.lint('30 2 * * *', zone: 'Europe/Paris')).to match([/02:30 comes twice on/])
  end

  it 'points out steps that do not come out even, however they are written' do
    ['*/7', '0/7', '0-59/7', '1/50'].each do |minutes|
      expect(Kaal.lint("#{minutes} * * * *", zone: 'UTC')).to match([/does not divide the range 0-59/]), minutes
    end
    expect(Kaal.lint('*/99 * * * *')).to eq(['minute: the step in "*/99" is of no use: it is 0 only'])
    expect(Kaal.lint('*/100 * * * *')).to eq(['minute: step "100" is not a number from 1 to 99'])
  end

  it 'gives the next times of an expression' do
    expect(Kaal.next_times('@hourly', count: 2, from: Time.utc(2026), zone: 'UTC'))
      .to eq([Time.utc(2026, 1, 1, 1), Time.utc(2026, 1, 1, 2)])
  end
end
