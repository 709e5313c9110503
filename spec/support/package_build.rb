# frozen_string_literal: true

require 'code_block'
require 'fileutils'
require 'open3'
require 'rbconfig'
require 'rubygems/package'
require 'tmpdir'

# The packages, made once for the suite of what is in git, as the documentation says and without a network: of
# crates in a folder. Nothing is optimised, and all that is compiled shares one folder of cargo's.
class PackageBuild
  ROOT = File.expand_path('../..', __dir__)
  SOON = {
    'CARGO_PROFILE_RELEASE_OPT_LEVEL' => '0', 'CARGO_PROFILE_RELEASE_LTO' => 'off', 'CARGO_PROFILE_RELEASE_DEBUG' => '0',
    'CARGO_PROFILE_RELEASE_CODEGEN_UNITS' => '256', 'CARGO_PROFILE_RELEASE_STRIP' => 'none',
    'SOURCE_DATE_EPOCH' => '1767225600' # RubyGems sets it for a build, and crates with C are compiled again where it differs
  }.freeze

  class << self
    # @raise [RuntimeError] each time, where they could not be made
    def shared
      @shared ||= new
      @shared.make unless @shared.output
      raise @shared.output if @shared.failed?

      @shared
    end

    def remove
      @shared&.remove
    end
  end

  # What `rake package` has said, or what failed.
  attr_reader :output

  def initialize
    @folder = Dir.mktmpdir('kaal-packages')
  end

  def make
    copy_source
    run('rake', '--silent', 'package:source', chdir: source)
    FileUtils.cp(source_gem, place('machine'))
    recipe('fetch crates')
    # The crates that this machine knows are of no use from here on.
    @away = { 'HOME' => place('home'), 'CARGO_HOME' => nil, 'RUSTUP_HOME' => rustup, 'GEM_HOME' => place('home/gems'),
              'GEM_PATH' => [place('home/gems'), *dependencies].join(':') }
    recipe('install without network', *without_network)
    @output = run(*without_network, 'rake', '--silent', 'package', chdir: source)
  rescue StandardError => e
    @failed = true
    @output = e.message
  end

  def failed?
    @failed
  end

  def source_gem
    gem_file('')
  end

  def platform_gem
    gem_file('-x86_64-linux-gnu')
  end

  # Runs Ruby with the gem that was installed without a network, and nothing of this process's paths.
  def ruby(code)
    run(RbConfig.ruby, '-e', code)
  end

  # Does with that gem, in an empty folder, what the README tells a newcomer to do.
  #
  # @return [String] what was printed
  # @raise [RuntimeError] where it is not what was promised
  def newcomer
    run(*without_network, 'env', "PATH=#{place('home/gems')}/bin:#{ENV.fetch('PATH')}", "#{ROOT}/rakelib/packages/newcomer")
  end

  # A network namespace of its own, where there is not even a loopback; where that may not be made, nothing.
  def without_network
    @without_network ||= system('unshare', '-n', 'true', err: File::NULL) ? %w[unshare -n] : []
  end

  def remove
    FileUtils.rm_rf(@folder)
  end

  private

  def place(name)
    File.join(@folder, name).tap { |path| FileUtils.mkdir_p(path) }
  end

  def source
    place('source')
  end

  def gem_file(platform)
    File.join(source, "pkg/kaal-rs-#{Kaal::VERSION}#{platform}.gem")
  end

  def copy_source
    files = IO.popen(%w[git ls-files -z], chdir: ROOT, &:read).split("\0")
    files.select { |file| File.file?(File.join(ROOT, file)) }.each do |file|
      FileUtils.mkdir_p(File.dirname(File.join(source, file)))
      FileUtils.cp(File.join(ROOT, file), File.join(source, file))
    end
  end

  # Carries out what docs/operations.md says, where the gem lies.
  def recipe(name, *around)
    text = CodeBlock.named('docs/operations.md', name)
    run(*around, 'bash', '-euo', 'pipefail', '-c', text, chdir: place('machine'))
  end

  # Where the gems are that it depends on: without a network they cannot be installed.
  def dependencies
    Gem::Package.new(source_gem).spec.runtime_dependencies.map { |dependency| dependency.to_spec.base_dir }.uniq
  end

  # As rustup is set up for this user: it looks for its compilers in the home.
  def rustup
    folder = ENV.fetch('RUSTUP_HOME') { File.join(Dir.home, '.rustup') }
    folder if File.directory?(folder)
  end

  # `rake package` compiles in a folder within cargo's, and the installation in the same.
  def run(*command, chdir: @folder)
    target = command.include?('rake') ? place('target') : place('target/package')
    environment = SOON.merge('RUBYLIB' => nil, 'RUBYOPT' => nil, 'CARGO_TARGET_DIR' => target, **@away.to_h)
    said, status = Open3.capture2e(environment, *command, chdir: chdir)
    raise "#{command.join(' ')}: #{said}" unless status.success?

    said
  end
end

RSpec.configure { |config| config.after(:suite) { PackageBuild.remove } }
