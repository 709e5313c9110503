# frozen_string_literal: true

# Three processes, one schedule, one SQLite file: every run happens once.

require 'fileutils'
require 'tmpdir'
require_relative 'fleet'

seconds = Integer(ARGV[0] || 15)
abort 'usage: bin/demo [SECONDS], at least 3' if seconds < 3

puts "Three processes share the schedule `* * * * * *` for #{seconds} seconds ..."
folder = Dir.mktmpdir('kaal-demo')
at_exit { FileUtils.rm_rf(folder) }
fleet = Fleet.new(File.join(folder, 'kaal.sqlite3'))
%w[A B C].each { |name| fleet.start(name) }
first = Time.now.to_i + 1
last = first + seconds - 1
fleet.wait_for_run(seconds: seconds + 10) { |run| run.fire_time >= last }
fleet.stop
report = fleet.report(first, last)

puts
puts 'fire time (UTC)      process  lateness'
report.runs.each do |run|
  time = Time.at(run.fire_time).utc.strftime('%Y-%m-%d %H:%M:%S')
  puts format('%-21<time>s%-9<node>s%<late>5.1f ms', time: time, node: run.node, late: run.lateness)
end
puts
puts "runs by process: #{report.by_node.sort.map { |node, count| "#{node} #{count}" }.join(', ')}"
puts format('lateness: median %<median>.1f ms, worst %<worst>.1f ms', median: report.lateness(0.5),
                                                                      worst: report.lateness(1))
puts "duplicates: #{report.duplicates.size}"
puts "losses: #{report.losses.size}"
# The log shows what was claimed: a process that dies between claim and callback loses that run.
puts "claimed but not called: #{report.claimed_only.join(', ')}" if report.claimed_only.any?
exit [report.duplicates, report.losses, report.claimed_only].all?(&:empty?)
