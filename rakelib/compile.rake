# frozen_string_literal: true

require_relative 'packages/native_build'

desc 'Build the extension into lib/ (FEATURES=a,b: cargo features)'
task :compile do
  NativeBuild.new(features: ENV.fetch('FEATURES', '').split(',')).put("lib/kaal/kaal_rs.#{RbConfig::CONFIG['DLEXT']}")
end
