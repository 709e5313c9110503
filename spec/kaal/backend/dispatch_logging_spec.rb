# frozen_string_literal: true

RSpec.describe Kaal::Backend::DispatchLogging do
  it 'reads lock keys with colons in the namespace and in the cron key' do
    expect(described_class.parse_lock_key('kaal:dispatch:a:b:60')).to eq(['a:b', Time.at(60).utc])
    Kaal.namespace = 'my:app'
    expect(described_class.parse_lock_key('my:app:dispatch:job:60')).to eq(['job', Time.at(60).utc])
    expect(Kaal::Backend::MemoryAdapter.new.parse_lock_key('my:app:dispatch:job:60').last).to be_utc
  end

  it 'refuses what is no lock key' do
    expect { described_class.parse_lock_key('job') }.to raise_error(ArgumentError, /not a dispatch lock key: "job"/)
  end
end
