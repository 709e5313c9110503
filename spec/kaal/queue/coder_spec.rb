# frozen_string_literal: true

RSpec.describe Kaal::Queue::Coder do
  it 'takes a time in every form' do
    noon = Time.utc(2026, 3, 1, 12)
    forms = [noon, noon.to_i, noon.to_f, '2026-03-01T12:00:00Z', '2026-03-01T13:00:00+01:00', noon.to_s,
             Struct.new(:to_time).new(noon)]
    expect(forms.map { |form| described_class.Time(form) }).to all(eq(noon))
    expect([described_class.Time(nil), described_class.Time(noon.to_f + 0.25)]).to eq([nil, noon + 0.25])
  end

  it 'refuses what is no time' do
    ['', 'soon', {}, Float::NAN, :noon].each { |value| expect { described_class.Time(value) }.to raise_error(ArgumentError, /scheduled_at/) }
  end

  it 'writes and reads JSON' do
    default = described_class::DEFAULT
    expect(default.load(default.dump({ 'a' => [1, 'ü'] }))).to eq({ 'a' => [1, 'ü'] })
    expect { default.load('') }.to raise_error(JSON::ParserError)
  end
end
