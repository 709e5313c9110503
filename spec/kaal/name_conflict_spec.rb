# frozen_string_literal: true

require 'fileutils'
require 'open3'
require 'tmpdir'

# Each example is a process with a home for gems of its own, in which there are kaal-rs and a gem kaal.
RSpec.describe 'The gem kaal beside kaal-rs' do # rubocop:disable RSpec/DescribeClass
  let(:root) { File.expand_path('../..', __dir__) }
  let(:home) { Dir.mktmpdir('kaal-gems') }
  let(:refused) { /both define the module Kaal, .* Remove `gem 'kaal'` from the Gemfile, .* is at .*kaal-0\.2\.0.*NameConflictError/ }

  before do
    install('kaal', '0.2.0') do |folder|
      FileUtils.mkdir_p(File.join(folder, 'lib/kaal'))
      File.write(File.join(folder, 'lib/kaal.rb'), "require 'kaal/version'\n")
      File.write(File.join(folder, 'lib/kaal/version.rb'), "module Kaal; VERSION = '0.2.0'; end\n")
    end
    install('kaal-rs', '0.1.0') { |folder| FileUtils.ln_s(root, folder) }
  end

  after { FileUtils.rm_rf(home) }

  def install(name, version)
    yield File.join(home, 'gems').tap { |gems| FileUtils.mkdir_p(gems) } + "/#{name}-#{version}"
    specification = Gem::Specification.new(name, version) do |spec|
      spec.summary = spec.author = name
      spec.files = Dir[File.join(home, 'gems', "#{name}-#{version}", 'lib/*.rb')]
    end
    FileUtils.mkdir_p(File.join(home, 'specifications'))
    File.write(File.join(home, 'specifications', "#{name}-#{version}.gemspec"), specification.to_ruby)
  end

  # @return [String] what the process has printed
  def ruby(script, *arguments, **environment)
    environment = { 'GEM_HOME' => home, 'GEM_PATH' => [home, *Gem.path].join(':'), 'RUBYLIB' => nil, 'RUBYOPT' => nil,
                    **environment.transform_keys(&:to_s) }
    Open3.capture2e(environment, RbConfig.ruby, *arguments, '-e', script, chdir: home).first
  end

  def bundle(*gems, script)
    gemfile = File.join(home, 'Gemfile')
    File.write(gemfile, ["source 'https://rubygems.org'", *gems.map { |gem| "gem '#{gem}'" }].join("\n"))
    ruby("require 'bundler/setup'; #{script}", BUNDLE_GEMFILE: gemfile)
  end

  it 'may be installed, if it is not used' do
    expect(ruby("gem 'kaal-rs'; require 'kaal'; puts Kaal.respond_to?(:backfill)")).to eq("true\n")
    expect(bundle('kaal-rs', "Bundler.require; require 'kaal'; puts Kaal.respond_to?(:backfill)")).to eq("true\n")
  end

  it 'is refused in a Gemfile, in whichever order they are named and required' do
    [%w[kaal kaal-rs], %w[kaal-rs kaal]].each do |gems|
      expect(bundle(*gems, 'Bundler.require')).to match(refused)
      expect(bundle(*gems, "require 'kaal-rs'")).to match(refused)
    end
  end

  it 'is refused when it is activated and not loaded' do
    expect(ruby("gem 'kaal'; gem 'kaal-rs'; require 'kaal-rs'")).to match(refused)
  end

  it 'is refused when it is loaded' do
    expect(ruby("gem 'kaal'; require 'kaal'; gem 'kaal-rs'; require 'kaal-rs'")).to match(refused)
    library = File.join(home, 'gems/kaal-0.2.0/lib')
    expect(ruby("require '#{library}/kaal'; require 'kaal-rs'", "-I#{library}", "-I#{root}/lib")).to match(refused)
  end

  it 'is refused when only the load path names it' do
    expect(ruby("require 'kaal-rs'", "-I#{root}/lib", "-I#{home}/gems/kaal-0.2.0/lib")).to match(refused)
  end

  it 'is not loaded by a require that comes after that of kaal-rs' do
    script = "gem 'kaal-rs'; require 'kaal-rs'; gem 'kaal'; require 'kaal'; require 'kaal/version'; puts Kaal::VERSION"
    expect(ruby(script)).to eq("#{Kaal::VERSION}\n")
  end

  it 'is not taken for another copy of kaal-rs' do
    copy = File.join(home, 'copy')
    FileUtils.mkdir_p(File.join(copy, 'kaal'))
    FileUtils.cp([File.join(root, 'lib/kaal-rs.rb')], copy)
    FileUtils.cp(File.join(root, 'lib/kaal/version.rb'), File.join(copy, 'kaal'))
    expect(ruby("gem 'kaal-rs'; require 'kaal'; puts 'loaded'", "-I#{root}/lib", "-I#{copy}")).to eq("loaded\n")
  end
end
