# frozen_string_literal: true

RSpec.describe Kaal::CronHumanizer do
  {
    '@daily' => 'Daily', '0 0 * * 7' => 'Weekly', '@monthly' => 'Monthly', '0 * * * *' => 'Hourly',
    '@annually' => 'Yearly', '* * * * *' => 'Every minute', '*/5 * * * *' => 'Every 5 minutes',
    '0 9 * * 1' => 'At 09:00 every Monday', '0 9 * * *' => 'At 09:00 every day',
    '0 9,17 * * mon,wed' => 'At 09:00 and 17:00 every Monday and Wednesday',
    '0 9 * * 1-5' => 'At 09:00 from Monday to Friday', '*/10 * * * * *' => 'Every 10 seconds',
    '15 30 9 * * *' => 'At 09:30:15 every day', '0 */2 * * *' => 'Every 2 hours',
    '*/5 */2 * * *' => 'Every 5 minutes of every 2nd hour', '* */3 * * *' => 'Every minute of every 3rd hour',
    '0/15 0/6 * * mon' => 'Every 15 minutes of every 6th hour every Monday',
    '0,30 0,12 * * *' => 'At 00:00, 00:30, 12:00 and 12:30 every day',
    '*/20 */12 * * *' => 'Every 20 minutes of every 12th hour',
    '*/15 9-17 * * *' => 'Every 15 minutes from 09:00 to 17:59',
    '30 9-17 * jan-mar *' => 'Every hour from 09:30 to 17:30 from January to March',
    '5,35 * * * *' => 'At minute 5 and 35 of every hour', '* 9 * * *' => 'Every minute during hour 9',
    '0 0 L * *' => 'At 00:00 on the last day of the month',
    '0 0 -3 * *' => 'At 00:00 2 days before the last of the month',
    '0 9 1,15 feb *' => 'At 09:00 on day 1 and 15 of the month in February',
    '0 9 * * mon#2' => 'At 09:00 on the second Monday of the month',
    '0 9 * * fri#L' => 'At 09:00 on the last Friday of the month',
    '0 9 * * mon%2' => 'At 09:00 on Monday of every 2 weeks',
    '0 9 * * mon%2+1' => 'Cron: 0 9 * * 1%2+1',
    '0 0 13 * fri' => 'At 00:00 on day 13 of the month or every Friday',
    '0 0 1-7 * mon&' => 'At 00:00 on day 1 to 7 of the month if it is Monday',
    '0 9 * * * Europe/Paris' => 'At 09:00 every day (Europe/Paris)',
    '*/7 3-20/11 * * *' => 'Cron: 0,7,14,21,28,35,42,49,56 3,14 * * *',
    '1,3,5,7,9,11,13,15 * * * *' => 'Cron: 1,3,5,7,9,11,13,15 * * * *'
  }.each do |expression, words|
    it "puts #{expression} as: #{words}" do
      expect(Kaal.to_human(expression)).to eq(words)
    end
  end

  it 'speaks another language' do
    expect(Kaal.to_human('0 9 * * mon#2', locale: :de)).to eq('Um 09:00 am zweiten Montag des Monats')
    expect(Kaal.to_human('*/5 * * * *', locale: 'de')).to eq('Alle 5 Minuten')
    expect(Kaal.to_human('*/5 */8 * * *', locale: 'de')).to eq('Alle 5 Minuten in jeder 8. Stunde')
  end

  it 'speaks English where the locale is none' do
    ['a/de', '../locales/de', "a\0b", "\xff", '', 'de'.encode('UTF-16LE'), 'xx'].each do |locale|
      expect(Kaal.to_human('@daily', locale: locale)).to eq('Daily'), locale.inspect
    end
  end

  it 'has every text in every language' do
    keys = lambda do |value, path|
      value.is_a?(Hash) ? value.flat_map { |key, inner| keys.call(inner, "#{path}.#{key}") } : [path]
    end
    files = Dir[File.expand_path('../../config/locales/*.yml', __dir__)]
    texts = files.to_h { |file| [File.basename(file, '.yml'), YAML.safe_load_file(file)] }
    all = texts.map { |locale, content| keys.call(content.fetch(locale), '') }
    expect(all.uniq.size).to eq(1)
    expect(texts.size).to be > 1
  end

  it 'takes the texts of the app, and English where there are none' do
    require 'i18n'
    expect(Kaal.to_human('@daily', locale: :fr)).to eq('Daily')
    I18n.available_locales = %i[en fr]
    I18n.backend.store_translations(:fr, kaal: { phrases: { daily: 'Chaque jour' } })
    expect(%w[@daily @hourly].map { |macro| Kaal.to_human(macro, locale: :fr) }).to eq(['Chaque jour', 'Hourly'])
  ensure
    I18n.reload!
    I18n.available_locales = nil
  end

  it 'refuses what is no expression' do
    expect { Kaal.to_human('61 * * * *') }.to raise_error(ArgumentError, 'minute: 61 is out of range 0-59')
  end
end
