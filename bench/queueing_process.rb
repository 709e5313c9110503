# frozen_string_literal: true

# A worker that is busy: prints a line when it is, and after a line on its standard input by how many megabytes it has
# grown meanwhile.
#
#   queueing_process.rb REDIS_URL PREFIX

require 'kaal'

$stdout.sync = true
url, prefix = ARGV
begun = Thread::Queue.new
gate = Thread::Queue.new
delegate = lambda do |_job|
  begun << true
  gate.pop
end
server = Kaal::Queue::Server.new(delegate, url, prefix: prefix, concurrency: 10)

resident_kilobytes = lambda do
  GC.start
  Integer(File.read('/proc/self/status')[/^VmRSS:\s+(\d+) kB/, 1])
end

server.start
server.call_many([{}] * 1_010)
1_000.times { gate << true }
1_010.times { begun.pop }
before = resident_kilobytes.call
puts
$stdin.gets
100.times { gate << true }
100.times { begun.pop }
puts (resident_kilobytes.call - before) / 1024.0
exit!
