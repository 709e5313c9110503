# frozen_string_literal: true

# What is said in several places.
RSpec.describe 'The versions' do
  def read(file)
    File.read(File.expand_path("../../#{file}", __dir__))
  end

  it 'of gem and crates are one, also in Cargo.lock' do
    locked = read('Cargo.lock').scan(/^name = "kaal_\w+"\nversion = "(.+)"$/).flatten
    expect([read('Cargo.toml')[/^\[workspace\.package\]\nversion = "(.+)"/, 1], *locked]).to eq([Kaal::VERSION] * 3)
  end

  it 'of Rust are those of Cargo.toml, where a build is refused and where it is installed' do
    rust = read('Cargo.toml')[/^rust-version = "(.+)"/, 1]
    expect(read('ext/kaal_rs/extconf.rb')[/OLDEST_RUST = Gem::Version.new\('(.+)'\)/, 1]).to eq(rust)
    expect(read('bin/setup')[/^oldest_cargo=(.+)$/, 1]).to eq(rust)
    expect(read('docs/operations.md')).to include("Rust #{rust} or later")
  end

  it 'of Ruby are those of the gem, where it is documented' do
    ruby = Gem::Specification.load(File.expand_path('../../kaal-rs.gemspec', __dir__)).required_ruby_version.to_s.delete('>= ')
    expect(read('.rubocop.yml')[/TargetRubyVersion: (.+)$/, 1]).to eq(ruby)
    expect(read('docs/operations.md')).to include("Ruby #{ruby} or later")
  end
end
