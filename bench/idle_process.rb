# frozen_string_literal: true

# Runs a scheduler with ten thousand daily jobs for a while, and prints the percentage of a core that it
# takes and its resident megabytes.
#
#   idle_process.rb REDIS_URL SECONDS

require 'kaal'

url, seconds = ARGV
Kaal.backend = Kaal::Backend::RedisAdapter.new(url)
jobs = Array.new(10_000) { |n| { key: "daily #{n}", cron: "#{n % 60} #{n / 60 % 24} * * *", enqueue: ->(**) {} } }
Kaal.register_all(jobs)
Kaal.start!
sleep 2
before = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID)
sleep Float(seconds)
spent = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) - before
puts spent / Float(seconds) * 100, Integer(File.read('/proc/self/status')[/^VmRSS:\s+(\d+) kB/, 1]) / 1024.0
