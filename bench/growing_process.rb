# frozen_string_literal: true

# Takes a hundred thousand leases and prints by how many megabytes it has grown meanwhile.
#
#   growing_process.rb REDIS_URL

require 'kaal'

adapter = Kaal::Backend::RedisAdapter.new(ARGV.fetch(0))
acquire = ->(n) { adapter.acquire("growth:#{n}", 1) || abort("growth:#{n} is held") }

# Ruby collects its garbage, here the strings of the keys, when it likes. It is made to before both
# readings, so that they differ by what the adapter keeps and by what Ruby does not give back.
resident_kilobytes = lambda do
  GC.start
  Integer(File.read('/proc/self/status')[/^VmRSS:\s+(\d+) kB/, 1])
end

10_000.times(&acquire)
before = resident_kilobytes.call
(10_000...110_000).each(&acquire)
puts (resident_kilobytes.call - before) / 1024.0
