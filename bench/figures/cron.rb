# frozen_string_literal: true

# Cron expressions from Ruby, a Time in and Times out, against the gem fugit. The version that Debian
# has means some expressions differently; it serves as a peer for speed only.

require 'fugit'
require_relative '../batches'

EXPRESSIONS = {
  every_minute: ['* * * * *', 'UTC'], office_hours: ['*/15 9-17 * * mon-fri', 'America/New_York'],
  midnight: ['0 0 * * *', 'Europe/London'], either_day: ['30 4 1,15 * 5', 'America/New_York'],
  last_day: ['0 0 L * *', 'Asia/Kathmandu'], second_monday: ['0 9 * * mon#2', 'Australia/Lord_Howe'],
  leap_day: ['0 0 29 2 *', 'UTC'], ten_seconds: ['*/10 * * * * *', 'Europe/Paris']
}.freeze

# Starts spread over five years, the same for both.
STARTS = Array.new(4_000) { |n| Time.at(1_700_000_000 + (n * 39_119)).utc }.freeze

next_time = Hash.new do |measured, name|
  expression, zone = EXPRESSIONS.fetch(name)
  ours = Kaal::Cron.parse(expression, zone: zone)
  peer = Fugit.parse_cron("#{expression} #{zone}")
  measured[name] = Batches.compare(
    batch: { ours: 2_000, peer: 2 }, turns: 6,
    ours: ->(n) { ours.next_time(STARTS[n % STARTS.size]) },
    peer: ->(n) { peer.next_time(STARTS[n % STARTS.size]) }
  )
end

EXPRESSIONS.each_key do |name|
  Figure.define("cron.next_time.#{name}", bar: { ratio: 0.015 }) { next_time[name] }
end

Figure.define('cron.next_time.geometric_mean', bar: { ratio: 0.0015 }) do
  mean = ->(part) { EXPRESSIONS.keys.map { |name| next_time[name][part] }.inject(:*)**(1.0 / EXPRESSIONS.size) }
  Figure::Values.new(ours: mean[:ours], peer: mean[:peer], ratio: mean[:ratio])
end

Figure.define('cron.parse', bar: { ratio: 0.03 }) do
  text = '*/15 9-17 * * mon-fri America/New_York'
  Batches.compare(
    batch: { ours: 1_000, peer: 20 }, turns: 6,
    ours: ->(_) { Kaal::Cron.parse(text) }, peer: ->(_) { Fugit.parse_cron(text) }
  )
end

Figure.define('cron.window_24h', bar: { ratio: 0.01 }) do
  ours = Kaal::Cron.parse('* * * * *', zone: 'UTC')
  peer = Fugit.parse_cron('* * * * * UTC')
  last = STARTS.first + 86_400
  Batches.compare(
    batch: { ours: 20, peer: 1 }, turns: 2, per: 1_440,
    ours: ->(_) { ours.each_between(STARTS.first, last).to_a.size },
    peer: lambda do |_|
      time = STARTS.first
      time = peer.next_time(time) while time < last
    end
  )
end

Figure.define('cron.memory_10k', bar: { ours: 4 }, unit: 'MB') do
  script = File.expand_path('../parsing_process.rb', __dir__)
  grown = IO.popen([RbConfig.ruby, '-I', File.expand_path('../../lib', __dir__), script], &:read)
  Figure::Values.new(ours: Float(grown))
end
