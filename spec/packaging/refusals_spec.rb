# frozen_string_literal: true

require 'fileutils'
require 'open3'
require 'rbconfig'
require 'tmpdir'

# Where kaal-rs cannot be built or loaded it says why, and what to do.
RSpec.describe 'A refusal' do
  let(:root) { File.expand_path('../..', __dir__) }
  let(:extconf) { File.join(root, 'ext/kaal_rs/extconf.rb') }
  let(:folder) { Dir.mktmpdir('kaal-refusals') }

  after { FileUtils.rm_rf(folder) }

  # @return [Array(String, Boolean)] what it says, and whether it went well
  def ruby(*arguments, **environment)
    environment = { 'RUBYLIB' => File.join(root, 'lib') }.merge(environment.transform_keys(&:to_s))
    output, status = Open3.capture2e(environment, RbConfig.ruby, *arguments, chdir: folder)
    [output, status.success?]
  end

  # A Ruby that says of itself that it is another.
  def another(constant, value)
    file = File.join(folder, 'another.rb')
    File.write(file, "Object.send(:remove_const, :#{constant})\n#{constant} = '#{value}'\n")
    "-r#{file}"
  end

  # A program that says that it is some version.
  def program(name, says)
    File.join(folder, name).tap { |file| File.write(file, "#!/bin/sh\necho '#{says}'\n", perm: 0o755) }
  end

  { 'RUBY_ENGINE' => { 'jruby' => /CRuby.*jruby/, 'truffleruby' => /CRuby.*truffleruby/ },
    'RUBY_PLATFORM' => { 'x64-mingw-ucrt' => /Windows.*WSL 2/, 'x64-mswin64_140' => /Windows.*WSL 2/ } }.each do |constant, values|
    values.each do |value, message|
      it "is given to #{value}, before a build and at require" do
        build, built = ruby(another(constant, value), extconf)
        expect([build, built]).to match([match(/\Akaal-rs .*#{message}/), false])
        expect(build.lines.size).to eq(1)
        load, loaded = ruby(another(constant, value), '-e', 'begin; require "kaal-rs"; rescue LoadError => e; puts e.message; end')
        expect([load, loaded]).to eq([build, true])
      end
    end
  end

  it 'is given to a compiler that is too old, or that is not there' do
    old = { CARGO: program('cargo', 'cargo 1.84.1 (Debian)'), RUSTC: program('rustc', 'rustc 1.85.0') }
    expect(ruby(extconf, **old)).to match([match(/\Akaal-rs needs Rust 1\.85 or later to build, and .*cargo is 1\.84\.1\..*apt/), false])
    old = { CARGO: program('cargo', 'cargo 1.85.0'), RUSTC: program('rustc', 'rustc 1.63.0') }
    expect(ruby(extconf, **old)).to match([match(/rustc is 1\.63\.0/), false])
    expect(ruby(extconf, CARGO: File.join(folder, 'nothing'))).to match([match(/nothing was not found.*rustup/), false])
    expect(ruby(extconf, CARGO: program('cargo', 'Hello'))).to match([match(/cargo is another program/), false])
    expect(File.exist?(File.join(folder, 'Makefile'))).to be(false)
  end

  it 'is given where there is no core for this Ruby' do
    copy = File.join(folder, 'lib')
    FileUtils.mkdir_p(copy)
    FileUtils.cp_r(Dir[File.join(root, 'lib/*')], copy)
    FileUtils.rm_f(Dir[File.join(copy, 'kaal/kaal_rs.*')])
    output, loaded = ruby('-e', 'require "kaal-rs"', RUBYLIB: copy)
    expect([output, loaded]).to match([match(/no compiled core for Ruby #{RUBY_VERSION[/\d+\.\d+/]}.*--platform ruby/), false])
  end

  it 'is not given where a core is there that cannot be loaded: what is wrong with it is' do
    copy = File.join(folder, 'lib')
    FileUtils.mkdir_p(copy)
    FileUtils.cp_r(Dir[File.join(root, 'lib/*')], copy)
    place = File.join(copy, "kaal/#{RUBY_VERSION[/\d+\.\d+/]}")
    FileUtils.mkdir_p(place)
    File.write(File.join(place, "kaal_rs.#{RbConfig::CONFIG['DLEXT']}"), 'nothing')
    output, loaded = ruby('-e', 'require "kaal-rs"', RUBYLIB: copy)
    expect([output, loaded]).to match([match(/kaal_rs\.\w+: (file too short|invalid ELF header)/), false])
  end
end
