# frozen_string_literal: true

require 'rake'
require 'rbconfig'

# The extension, built by cargo for a Ruby.
class NativeBuild
  include Rake::FileUtilsExt

  # @param ruby [String] the Ruby's program
  # @param features [Array<String>] of the crate
  # @param target [String] cargo's folder. One for each source: libraries of two would have the same name in it
  def initialize(ruby: RbConfig.ruby, features: [], target: ENV.fetch('CARGO_TARGET_DIR', 'target'))
    @ruby = ruby
    @features = features
    @target = target
  end

  # @param file [String] where the extension is put. Renamed into place: a running process keeps the file that
  #   it has mapped
  def put(file)
    chosen = @features.empty? ? [] : ['--features', @features.join(',')]
    sh({ 'RUBY' => @ruby },
       'cargo', 'build', '--release', '--locked', '-p', 'kaal_rs', '--target-dir', @target, *chosen)
    mkdir_p(File.dirname(file), verbose: false)
    cp(File.join(@target, 'release', "libkaal_rs.#{RbConfig::CONFIG['SOEXT']}"), "#{file}.new")
    mv("#{file}.new", file)
  end
end
