# frozen_string_literal: true

require_relative 'packages/platform_gem'
require_relative 'packages/rubies'
require_relative 'packages/trial_install'

desc 'Build the source gem and the one for this platform into pkg/, install each into an empty GEM_HOME, require it'
task package: 'package:try'

namespace :package do
  spec = Gem::Specification.load('kaal-rs.gemspec')
  source = File.expand_path("pkg/#{spec.full_name}.gem")
  platform = File.expand_path("pkg/#{spec.full_name}-#{PlatformGem.platform}.gem")
  # Not that of the project: see NativeBuild.
  target = File.expand_path('package', ENV.fetch('CARGO_TARGET_DIR', 'target'))

  # One for all: RubyGems sets it for an installation, and crates with C are compiled again where it differs.
  task(:date) { ENV['SOURCE_DATE_EPOCH'] ||= Gem.source_date_epoch_string }

  desc 'Build the gem that compiles when it is installed'
  task source: :date do
    mkdir_p('pkg', verbose: false)
    Gem::Package.build(spec.dup, false, false, source)
  end

  desc 'Build the gem for this platform, for each minor version of Ruby found (RUBIES=program:program)'
  task platform: :date do
    mkdir_p('pkg', verbose: false)
    PlatformGem.new(spec, Rubies.all).build(platform, target)
  end

  task try: %i[source platform] do
    Rubies.all.each { |ruby| puts "#{ruby.minor}: #{TrialInstall.new(platform, ruby: ruby.program).call}" }
    puts "source: #{TrialInstall.new(source, target: target).call}"
  end
end

desc 'Write NOTICE: the licences of the crates that are compiled in'
task :notice do
  require_relative 'packages/notice'
  File.write('NOTICE', Notice.new.text)
end
