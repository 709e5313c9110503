# frozen_string_literal: true

# Enqueues delayed jobs, a hundred a second for a while, and prints the 99th percentile of how many milliseconds late
# they are called.
#
#   late_delayed_process.rb SECONDS REDIS_URL

require 'kaal'

# Notes how late it is.
module Late
  CALLS = Queue.new

  def self.perform(due)
    CALLS << ((Time.now.to_f - due) * 1000)
  end
end

seconds, url = ARGV
Kaal.backend = Kaal::Backend::RedisAdapter.new(url)
count = Integer(seconds) * 100
# What is due while all this is set up does not count.
begin_at = Time.now.to_f + 3
count.times do |n|
  due = begin_at + (n / 100.0)
  Kaal.enqueue_at(at: due, job_class: 'Late', args: [due], job_id: "job #{n}")
end
Kaal.start!
late = Array.new(count) { Late::CALLS.pop }.sort
Kaal.stop!
puts late[(late.size * 0.99).floor - 1]
