# frozen_string_literal: true

# One process of the fleet: an every-second job. Says `up` on its standard output, and then tells of
# each run, as `<fire time> <time of the callback>`, until TERM.
#
#   node.rb ADDRESS [forked] [brief] [dying]
#
# ADDRESS: of the store, see store.rb
# forked: the scheduler runs in a child of a process that has already used the adapter
# brief: leases are as short as they may be
# dying: ends by KILL in its first callback, before it tells

require_relative 'store'

BRIEF = ARGV.include?('brief')
DYING = ARGV.include?('dying')

Kaal.configure do |config|
  config.backend = Store.open(ARGV.fetch(0))
  config.logger = Logger.new($stderr, level: :warn)
  config.enable_log_dispatch_registry = true
  config.recovery_startup_jitter = 0
  config.tick_interval = BRIEF ? 1 : 5
  config.window_lookback = BRIEF ? 1 : 10
  config.lease_ttl = BRIEF ? 2 : 20
end

if ARGV.include?('forked')
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
  enqueue: lambda { |fire_time:, **|
    Process.kill(:KILL, Process.pid) if DYING
    puts "#{fire_time.to_i} #{Time.now.to_f}"
  }
)
puts 'up'
Kaal.start!
stop.read(1)
Kaal.stop!
