# frozen_string_literal: true

# One process of the fleet: an every-second job. Tells of each run on its standard output, as
# `<fire time> <time of the callback>`, until TERM.
#
#   node.rb REDIS_URL [forked]
#
# With `forked` the scheduler runs in a child of a process that has already used the adapter.

require 'kaal'

Kaal.configure do |config|
  config.backend = Kaal::Backend::RedisAdapter.new(ARGV.fetch(0))
  config.logger = Logger.new($stderr, level: :warn)
  config.enable_log_dispatch_registry = true
  config.recovery_startup_jitter = 0
  config.window_lookback = 10
  config.lease_ttl = 20
end

if ARGV[1] == 'forked'
  Kaal.backend.with_lock("demo:#{Process.pid}", ttl: 10) { Kaal.definition_registry.all_definitions }
  child = fork
  if child
    trap(:TERM) { Process.kill(:TERM, child) }
    Process.wait(child)
    exit
  end
end

stop, ask_to_stop = IO.pipe
trap(:TERM) { ask_to_stop.write_nonblock('.') }

$stdout.sync = true
Kaal.register(
  key: 'demo', cron: '* * * * * *',
  enqueue: ->(fire_time:, **) { puts "#{fire_time.to_i} #{Time.now.to_f}" }
)
Kaal.start!
stop.read(1)
Kaal.stop!
