# frozen_string_literal: true

require 'fileutils'
require 'open3'
require 'rbconfig'
require 'rubygems/package'
require 'tmpdir'

# What users get: the gem, built of what is in git, and compiled by `gem install`.
RSpec.describe 'The gem' do
  let(:root) { File.expand_path('../..', __dir__) }
  let(:folder) { Dir.mktmpdir('kaal-gem') }
  let(:home) { File.join(folder, 'home') }
  let(:target) { File.join(folder, 'target') }
  let(:gem_file) { File.join(folder, 'kaal-rs.gem') }

  before do
    source = File.join(folder, 'source')
    tracked.each do |file|
      FileUtils.mkdir_p(File.dirname(File.join(source, file)))
      FileUtils.cp(File.join(root, file), File.join(source, file))
    end
    run(RbConfig.ruby, '-S', 'gem', 'build', 'kaal-rs.gemspec', '--output', gem_file, chdir: source)
  end

  after { FileUtils.rm_rf(folder) }

  it 'holds what a build needs, and nothing of the tests' do
    contents = Gem::Package.new(gem_file).contents
    expect(contents).to include('Cargo.lock', 'Cargo.toml', 'LICENSE', 'ext/kaal_rs/extconf.rb', 'lib/kaal-rs.rb')
    expect(contents.grep(%r{\A(spec|bench|demo|bin|target|tmp)/|\.(so|bundle|gem)\z})).to eq([])
  end

  it 'compiles when it is installed, and then works by itself' do
    copy_target
    run(RbConfig.ruby, '-S', 'gem', 'install', '--local', '--no-document', '--install-dir', home, gem_file)
    answer = run(RbConfig.ruby, '-e', <<~RUBY)
      require 'kaal-rs'
      backend = Kaal::Backend::MemoryAdapter.new
      p backend.acquire('key', 60), backend.acquire('key', 60), $LOADED_FEATURES.grep(/kaal_rs/).first
    RUBY
    expect(answer.lines.map(&:chomp)).to match(['true', 'false', start_with("\"#{home}/")])
  end

  def tracked
    files = run('git', 'ls-files', '-z', chdir: root).split("\0")
    files.select { |file| File.exist?(File.join(root, file)) }
  end

  # With an empty home for gems, and nothing of this process's paths.
  def run(*command, chdir: folder)
    environment = {
      'GEM_HOME' => home, 'GEM_PATH' => home, 'RUBYLIB' => nil, 'RUBYOPT' => nil, 'CARGO_TARGET_DIR' => target
    }
    output, status = Open3.capture2e(environment, *command, chdir: chdir)
    raise "#{command.join(' ')}: #{output}" unless status.success?

    output
  end

  # So that only our own crates are compiled. A copy, as the library has the same name in the
  # project's folder: the next `rake compile` could take that of the gem for its own.
  def copy_target
    compiled = File.expand_path(File.join(ENV.fetch('CARGO_TARGET_DIR', 'target'), 'release'), root)
    FileUtils.mkdir_p(target)
    FileUtils.cp_r(compiled, target, preserve: true) if File.exist?(compiled)
  end
end
