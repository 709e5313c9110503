# frozen_string_literal: true

require 'crate_rules'

# What deny.toml holds the crates to.
RSpec.describe CrateRules do
  let(:rules) { described_class.new }

  it 'has crates with licences that gems can contain, each once, from the registry' do
    expect(rules.unlicensed).to eq([])
    expect(rules.duplicates).to eq(rules.skipped) # neither more nor less: what has gone is not to be listed
    expect(rules.foreign).to eq([])
  end

  it 'reads expressions of licences' do
    { 'MIT' => true, 'MIT/Apache-2.0' => true, 'GPL-3.0' => false, 'GPL-3.0 OR MIT' => true, '(MIT OR Apache-2.0) AND Unicode-3.0' => true,
      'MIT AND GPL-3.0' => false, 'Apache-2.0 WITH LLVM-exception' => true, '' => false }.each do |expression, allowed|
      expect(rules.allowed?(expression)).to be(allowed), expression
    end
  end
end
