# frozen_string_literal: true

require_relative '../../rakelib/packages/notice'

# The licences that gems with compiled crates come with.
RSpec.describe Notice do
  let(:notice) { described_class.new }

  it 'is what the crates of Cargo.lock come to: else run `rake notice`' do
    expect(File.read('NOTICE', encoding: 'UTF-8').lines - notice.text.lines).to eq([])
    expect(File.read('NOTICE', encoding: 'UTF-8')).to eq(notice.text)
  end

  it 'names what is compiled in, on other systems too, and nothing that only builds or tests' do
    names = notice.crates.map(&:name)
    expect(names).to include('magnus', 'redis', 'ring', 'sqlx', 'libsqlite3-sys', 'tokio', 'security-framework')
    expect(names & %w[cc bindgen serde_derive proptest croner kaal_core windows-sys]).to eq([])
  end
end
