# frozen_string_literal: true

# Parses ten thousand different expressions, keeps them, and prints by how many megabytes it has
# grown meanwhile.

require 'kaal'

COUNT = 10_000
ZONES = %w[UTC Europe/Paris America/New_York Asia/Tokyo].freeze
text = ->(n) { "#{n % 60} #{n / 60 % 24} #{(n / 1_440) + 1},L * mon-fri,sun#2" }
resident_kilobytes = lambda do
  GC.start
  Integer(File.read('/proc/self/status')[/^VmRSS:\s+(\d+) kB/, 1])
end

# What is loaded once, zones above all, is no part of an expression.
ZONES.each { |zone| Kaal::Cron.parse(text.call(0), zone: zone) }
kept = Array.new(COUNT)
before = resident_kilobytes.call
COUNT.times { |n| kept[n] = Kaal::Cron.parse(text.call(n), zone: ZONES[n % ZONES.size]) }
puts (resident_kilobytes.call - before) / 1024.0
