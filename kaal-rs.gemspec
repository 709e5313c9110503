# frozen_string_literal: true

require_relative 'lib/kaal/version'

Gem::Specification.new do |spec|
  spec.name = 'kaal-rs'
  spec.version = Kaal::VERSION
  spec.authors = ['The kaal-rs authors']
  spec.summary = 'Distributed cron for Ruby with a Rust core'
  spec.description = 'Runs each scheduled job of an app once, however many machines the app runs on. ' \
                     'A drop-in replacement for the gem kaal.'
  spec.license = 'MIT'
  spec.required_ruby_version = '>= 3.1'
  spec.metadata['rubygems_mfa_required'] = 'true'

  spec.files = Dir[
    'exe/*', 'lib/**/*.{rb,tt}', 'sig/**/*.rbs', 'config/locales/*.yml',
    'ext/kaal_{core,rs}/{src,benches}/**/*.{rs,lua,sql}',
    'ext/kaal_{core,rs}/Cargo.toml', 'ext/kaal_rs/extconf.rb', 'docs/*.md', 'Cargo.toml', 'Cargo.lock',
    'README.md', 'CHANGELOG.md', 'LICENSE', 'NOTICE', '.yardopts',
    base: __dir__
  ]
  spec.require_paths = ['lib']
  spec.bindir = 'exe'
  spec.executables = ['kaal']
  spec.add_dependency 'ruby-progressbar', '~> 1.11'
  spec.add_dependency 'thor', '~> 1.2'
  spec.extensions = ['ext/kaal_rs/extconf.rb']
end
