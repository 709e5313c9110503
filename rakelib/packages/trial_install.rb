# frozen_string_literal: true

require 'open3'
require 'tmpdir'

# Installs a gem as a user does, into an empty GEM_HOME, and requires it there.
class TrialInstall
  # Prints where the extension is.
  USE = <<~RUBY
    require 'kaal-rs'
    files = $LOADED_FEATURES.grep(/kaal_rs/)
    abort "loaded from elsewhere: \#{files}" unless files.any? && files.all? { |file| file.start_with?(ENV['GEM_HOME']) }
    backend = Kaal::Backend::MemoryAdapter.new
    abort 'a lease is not exclusive' unless backend.acquire('key', 60) && !backend.acquire('key', 60)
    print files.first.delete_prefix(ENV['GEM_HOME'])
  RUBY

  # @param ruby [String] the program
  # @param target [String] cargo's folder, for a gem that compiles
  def initialize(gem, ruby: RbConfig.ruby, target: nil)
    @gem = gem
    @ruby = ruby
    @target = target
  end

  # @return [String] where the extension is, within the GEM_HOME
  # @raise [RuntimeError] what the install or the use has said
  def call
    Dir.mktmpdir('kaal-gems') do |home|
      run(home, '-S', 'gem', 'install', '--local', '--no-document', @gem)
      run(home, '-e', USE)
    end
  end

  private

  # With nothing of this process's paths but the gems that it depends on, which the network may not be there for.
  def run(home, *arguments)
    environment = {
      'GEM_HOME' => home, 'GEM_PATH' => [home, *dependencies].join(':'), 'RUBYLIB' => nil, 'RUBYOPT' => nil,
      'CARGO_TARGET_DIR' => @target
    }
    output, status = Open3.capture2e(environment, @ruby, *arguments, chdir: home)
    raise "#{File.basename(@gem)}: #{output}" unless status.success?

    output
  end

  def dependencies
    Gem::Package.new(@gem).spec.runtime_dependencies.map { |dependency| dependency.to_spec.base_dir }.uniq
  end
end
