# frozen_string_literal: true

# What a process that takes leases for a long time grows by, in a process of its own.

require 'rbconfig'
require_relative '../figure'
require_relative '../redis_peer'

GROWING = File.expand_path('../growing_process.rb', __dir__)

Figure.define('redis.memory_growth_100k', bar: { ours: 4.0 }, unit: 'MB') do
  RedisPeer.open do |peer|
    grown = IO.popen([RbConfig.ruby, *$LOAD_PATH.map { |path| "-I#{path}" }, GROWING, peer.url], &:read)
    Figure::Values.new(ours: Float(grown))
  end
end
