# frozen_string_literal: true

require 'fileutils'
require 'rubygems/package'
require_relative 'native_build'

# The gem for this platform, which needs no compiler: an extension for each Ruby in the place of its source.
class PlatformGem
  SOURCE = %r{\Aext/|\ACargo\.}

  class << self
    # As RubyGems names them from 3.3.22 on; an older one leaves the C library out.
    def platform
      local = Gem::Platform.local
      return "#{local.cpu}-#{local.os}" unless local.os == 'linux'

      "#{local.cpu}-linux-#{RbConfig::CONFIG['host_os'].include?('musl') ? 'musl' : 'gnu'}"
    end
  end

  # @param source [Gem::Specification] of the source gem
  # @param rubies [Array<Rubies::Ruby>]
  def initialize(source, rubies)
    @rubies = rubies
    @spec = for_this_platform(source)
  end

  # @param file [String] the gem
  # @param target [String] cargo's folder
  def build(file, target)
    Dir.mktmpdir do |folder|
      lay_out(folder, target)
      Dir.chdir(folder) { Gem::Package.build(@spec, false, false, file) }
    end
  end

  private

  def for_this_platform(source)
    source.dup.tap do |spec|
      spec.platform = self.class.platform
      spec.extensions = []
      spec.files = source.files.grep_v(SOURCE) + @rubies.map { |ruby| extension(ruby) }
      # RubyGems takes the source gem where this one has nothing for a Ruby.
      too_new = Gem::Version.new("#{@rubies.last.minor}.0").bump
      spec.required_ruby_version = [">= #{@rubies.first.minor}", "< #{too_new}.dev"]
    end
  end

  def extension(ruby)
    "lib/kaal/#{ruby.minor}/kaal_rs.#{RbConfig::CONFIG['DLEXT']}"
  end

  def lay_out(folder, target)
    @rubies.each { |ruby| NativeBuild.new(ruby: ruby.program, target: target).put(File.join(folder, extension(ruby))) }
    @spec.files.each do |file|
      place = File.join(folder, file)
      FileUtils.mkdir_p(File.dirname(place))
      FileUtils.cp(file, place) unless File.exist?(place)
    end
  end
end
