# frozen_string_literal: true

# One process of a fleet: a scheduler with the jobs of chaos/jobs.rb. Says `up` on its standard output, and takes
#
#   TERM  it stops; its exit status says whether its scheduler was running and has stopped
#   USR1  it forks children, of which half do nothing and half are schedulers themselves, for two seconds
#
#   node.rb SETTINGS
#
# SETTINGS: JSON with `backend` and `address` of the store, `journal`, `guarantees`, `threads`, `lease`

require 'json'
require 'logger'
require 'chaos/adapters'
require 'chaos/jobs'
require 'chaos/journal'
require 'chaos/wrong_clock'

CHILDREN = 4
SECONDS_OF_CHILDREN = 2
# Exit status where the scheduler had died, or did not stop.
DEAD = 3
STUCK = 4

Chaos::WrongClock.set(Integer(ENV['CHAOS_CLOCK'])) if ENV['CHAOS_CLOCK']
settings = JSON.parse(ARGV.fetch(0), symbolize_names: true)
Kaal.configure do |config|
  config.backend = Chaos::Adapters.open(settings.fetch(:backend), settings.fetch(:address))
  config.namespace = Chaos::Adapters.namespace(settings.fetch(:backend))
  config.logger = Logger.new($stderr, level: :warn)
  config.enable_log_dispatch_registry = true
  config.recovery_startup_jitter = 0
  config.tick_interval = 1
  config.window_lookback = settings.fetch(:lease) - 1
  config.lease_ttl = settings.fetch(:lease)
  config.dispatch_threads = settings.fetch(:threads)
end

# Who has started this has ended.
Thread.new { $stdin.read && exit!(DEAD) }

orders, command = IO.pipe
trap(:TERM) { command.write_nonblock('t') }
trap(:USR1) { command.write_nonblock('f') }

def fork_children
  Array.new(CHILDREN) do |number|
    Process.detach(fork do
      %i[TERM USR1].each { |signal| trap(signal, 'DEFAULT') }
      Kaal.start! if number.even?
      sleep SECONDS_OF_CHILDREN
      exit!(Kaal.stop!)
    end)
  end
end

Chaos::Jobs.register(settings.fetch(:guarantees), Chaos::Journal.new(settings.fetch(:journal)))
Kaal.start!
$stdout.puts 'up'
$stdout.flush
fork_children while orders.read(1) == 'f'
alive = Kaal.running?
exit!(STUCK) unless Kaal.stop!
exit!(alive ? 0 : DEAD)
