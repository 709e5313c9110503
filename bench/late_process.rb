# frozen_string_literal: true

# Runs a thousand jobs a minute for a while, spread over its seconds or all at one, and prints the 99th
# percentile of how many milliseconds late they are called.
#
#   late_process.rb spread|together SECONDS ours REDIS_URL
#   late_process.rb spread|together SECONDS plain      # a loop that sleeps until the next is due

require 'kaal'

how, seconds, who, url = ARGV
second = ->(n) { how == 'spread' ? n % 60 : 30 }
# What is due while all this is set up does not count.
begin_at = Time.now.to_i + 3
finish = begin_at + Float(seconds)
late = Queue.new
called = ->(due) { late << ((Time.now.to_f - due.to_f) * 1000) if due.to_i >= begin_at }

if who == 'ours'
  Kaal.backend = Kaal::Backend::RedisAdapter.new(url)
  callback = ->(fire_time:, **) { called.call(fire_time) }
  jobs = Array.new(1_000) { |n| { key: "job #{n}", cron: "#{second.call(n)} * * * * *", enqueue: callback } }
  Kaal.register_all(jobs)
  Kaal.start!
  sleep(finish - Time.now.to_f)
  Kaal.stop!
else
  due = (begin_at..finish.to_i).flat_map { |time| Array.new(1_000) { |n| time if second.call(n) == time % 60 }.compact }
  due.each do |time|
    pause = time - Time.now.to_f
    sleep pause if pause.positive?
    called.call(time)
  end
end
sorted = Array.new(late.size) { late.pop }.sort
puts sorted[(sorted.size * 0.99).floor - 1]
