# frozen_string_literal: true

require 'soak/command'
require 'stringio'

# The short form of bin/soak: it shows what leaks fast, not what creeps.
RSpec.describe Soak::Command do
  let(:out) { StringIO.new }

  it 'finds schedulers and their stores as they were a while ago' do
    flat = described_class.new(%w[--minutes 0.9 --rss 12], out: out).call
    expect(out.string.scan(/^## \S+/).size).to eq(6)
    expect(out.string).to match(/\d+ runs, \d+ delayed jobs, \d+ queue jobs/)
    expect(flat).to be(true), out.string
  end

  it 'shows what can be asked for' do
    expect(described_class.new(['--help'], out: out).call).to be(true)
    expect(out.string).to include('--minutes M', 'redis, sqlite, postgres')
  end

  { ['--minutes', '0'] => /must be above 0, is 0.0/, ['--backend', 'mongo'] => /invalid argument: --backend mongo/,
    ['x'] => /what is x/ }.each do |arguments, message|
    it "refuses #{arguments.join(' ')}" do
      expect { described_class.new(arguments) }.to raise_error(message)
    end
  end
end
