# frozen_string_literal: true

require 'package_build'

# What users get: the gem that compiles, the one for this platform, and both installed.
RSpec.describe 'The gems' do
  let(:packages) { PackageBuild.shared }

  def spec_of(gem)
    Gem::Package.new(gem).spec
  end

  it 'hold what a build needs, and nothing of the tests' do
    files = spec_of(packages.source_gem).files
    expect(files).to include('Cargo.lock', 'Cargo.toml', 'LICENSE', 'NOTICE', 'exe/kaal', 'ext/kaal_rs/extconf.rb', 'lib/kaal-rs.rb')
    expect(files.grep(%r{\A(spec|bench|demo|bin|target|tmp)/|\.(so|bundle|gem)\z})).to eq([])
  end

  it 'compile from crates in a folder, on a machine without network, and then work by themselves' do
    skip 'no network namespace can be made here' if packages.without_network.empty?
    answer = packages.ruby(<<~RUBY)
      require 'kaal-rs'
      backend = Kaal::Backend::MemoryAdapter.new
      p backend.acquire('key', 60), backend.acquire('key', 60), $LOADED_FEATURES.grep(/kaal_rs/).first
    RUBY
    expect(answer.lines.map(&:chomp)).to match(['true', 'false', include('/home/gems/')])
  end

  it 'give a newcomer a running schedule, by the commands of the README' do
    expect(packages.newcomer).to include('create  config/kaal.yml', 'Kaal scheduler started in foreground', 'Kaal scheduler stopped')
  end

  it 'are tried, each in an empty GEM_HOME' do
    minor = RUBY_VERSION[/\d+\.\d+/]
    expect(packages.output).to match(%r{^#{minor}: /gems/kaal-rs-.*/lib/kaal/#{minor}/kaal_rs\.so$})
      .and match(%r{^source: /.*/kaal/kaal_rs\.so$})
  end

  describe 'the one for a platform', if: RUBY_PLATFORM.start_with?('x86_64-linux') do
    let(:spec) { spec_of(packages.platform_gem) }

    it 'has an extension for each Ruby, no source, and the licences of what is compiled in' do
      expect(spec.files.grep(/kaal_rs\.so\z/)).to include("lib/kaal/#{RUBY_VERSION[/\d+\.\d+/]}/kaal_rs.so")
      expect(spec.files.grep(%r{\Aext/|\ACargo|extconf})).to eq([])
      expect(spec.files).to include('NOTICE', 'LICENSE')
      expect(spec.extensions).to eq([])
    end

    it 'is for the Rubies that it has extensions for' do
      minors = spec.files.filter_map { |file| file[%r{lib/kaal/(\d+\.\d+)/}, 1] }
      expect(minors.map { |minor| spec.required_ruby_version.satisfied_by?(Gem::Version.new("#{minor}.9")) }).to all(be(true))
      others = [Gem::Version.new('3.0.9'), Gem::Version.new("#{minors.last}.0").bump]
      expect(others.map { |version| spec.required_ruby_version.satisfied_by?(version) }).to eq([false, false])
    end
  end
end
