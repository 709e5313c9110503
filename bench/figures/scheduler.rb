# frozen_string_literal: true

# A running scheduler, in a process of its own: how late it is, and what it takes while it waits.

require 'rbconfig'
require_relative '../figure'
require_relative '../redis_peer'

def bench_process(name, *arguments)
  file = File.expand_path("../#{name}_process.rb", __dir__)
  output = IO.popen([RbConfig.ruby, *$LOAD_PATH.map { |path| "-I#{path}" }, file, *arguments.map(&:to_s)], &:read)
  output.lines.map { |line| Float(line) }
end

Figure.define('scheduler.idle_10k_daily', bar: { ours: 0.5 }, unit: '%') do
  RedisPeer.open { |peer| Figure::Values.new(ours: bench_process('idle', peer.url, 20).first) }
end

Figure.define('scheduler.memory_10k_daily', bar: { ours: 60.0 }, unit: 'MB') do
  RedisPeer.open { |peer| Figure::Values.new(ours: bench_process('idle', peer.url, 1).last) }
end

{ 'spread' => 25, 'together' => 100 }.each do |how, bar|
  Figure.define("scheduler.p99_late_#{how}", bar: { ours: bar }, unit: 'ms') do
    RedisPeer.open do |peer|
      mine = bench_process('late', how, 120, 'ours', peer.url).first
      Figure::Values.new(ours: mine, peer: bench_process('late', how, 120, 'plain').first)
    end
  end
end

Figure.define('scheduler.p99_late_delayed', bar: { ours: 60 }, unit: 'ms') do
  RedisPeer.open { |peer| Figure::Values.new(ours: bench_process('late_delayed', 20, peer.url).first) }
end
