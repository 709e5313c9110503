# frozen_string_literal: true

# Stands for the gem kaal in apps of the specs: what its version 0.2 reads and writes, and the calls that an
# app makes. Nothing of it is kaal-rs's.
Gem::Specification.new do |spec|
  spec.name = 'kaal'
  spec.version = '0.2.0'
  spec.summary = spec.author = 'A stand-in for Kaal 0.2'
  spec.required_ruby_version = '>= 3.1'
  spec.files = Dir['lib/**/*.rb', base: __dir__]
end
