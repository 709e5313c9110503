# frozen_string_literal: true

require 'rbconfig'

desc 'Build the extension into lib/ (FEATURES=a,b: cargo features)'
task :compile do
  features = ENV['FEATURES'] ? ['--features', ENV['FEATURES']] : []
  sh({ 'RUBY' => RbConfig.ruby }, 'cargo', 'build', '--release', '--locked', '-p', 'kaal_rs', *features)
  target = ENV.fetch('CARGO_TARGET_DIR', 'target')
  # Renamed into place: a running process keeps the file that it has mapped.
  extension = "lib/kaal/kaal_rs.#{RbConfig::CONFIG['DLEXT']}"
  cp File.join(target, 'release', "libkaal_rs.#{RbConfig::CONFIG['SOEXT']}"), "#{extension}.new"
  mv "#{extension}.new", extension
end
