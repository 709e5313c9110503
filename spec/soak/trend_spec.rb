# frozen_string_literal: true

require 'soak/run'
require 'soak/report'
require 'stringio'

RSpec.describe Soak::Trend do
  def trend(name, before, after, **limits)
    described_class.new(name, before, after, **limits)
  end

  it 'takes memory at its median, and allows for 2 MB' do
    expect(trend('rss (MB)', [50.0, 51.0, 90.0], [52.0, 53.0, 53.5])).to have_attributes(growth: 2.0, flat?: true)
    expect(trend('rss (MB)', [50.0], [52.1])).not_to be_flat
    expect(trend('rss (MB)', [50.0], [52.1], rss_mb: 3)).to be_flat
  end

  it 'allows for no more connections, threads or files at the least than there had been at the most' do
    %w[connections threads fds].each do |name|
      expect(trend(name, [5, 2, 3], [9, 5, 6])).to be_flat
      expect(trend(name, [5, 2, 3], [6, 9, 6])).to have_attributes(growth: 1, flat?: false)
    end
  end

  it 'allows rows and locks to go up and down with the schedule' do
    expect([trend('advisory locks', [400, 500], [409, 600]), trend('advisory locks', [400, 500], [410, 430])].map(&:flat?))
      .to eq([true, false])
    expect(trend('advisory locks', [400], [425], leeway: 0.05)).to be_flat
    expect(trend('rows of kaal_claims', [0], [6])).not_to be_flat
  end

  it 'needs samples' do
    expect { trend('fds', [], [1]) }.to raise_error(ArgumentError, 'no sample of fds: let it run longer')
  end

  it 'compares the first window after the warm-up with the last' do
    windows = Soak::Windows.new(60)
    samples = (0..60).map { |age| [age, { 'fds' => age }] }
    expect(windows.split('fds', samples)).to eq([(20...30).to_a, (50..60).to_a])
    expect(Soak::Windows.new(1_800)).to have_attributes(warm_up: 300, length: 300, slow_seconds: 60)
  end

  it 'is told of as a line of a table, and below it when it grows' do
    result = Soak::Run::Result.new('redis', { 'runs' => 7 }, [trend('fds', [2], [2]), trend('rss (MB)', [5.0], [9.0])])
    out = StringIO.new
    expect(Soak::Report.new(out).print(result)).to be(false)
    expect(out.string.lines(chomp: true)).to include(
      '## redis: 7 runs', '| fds | 2 | 2 | 2 | 0 | 0 | flat |', '| rss (MB) | 5.0 | 9.0 | 9.0 | 4.0 | 2.0 | GROWS |',
      'redis: rss (MB) grew by 4.0'
    )
  end
end
