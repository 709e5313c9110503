# frozen_string_literal: true

require 'puma/plugin'

# `plugin :kaal` in config/puma.rb runs the scheduler in Puma, in one process of it.
#
# In single mode that is Puma's own. In cluster mode it is the worker with the index 0: the master may
# not have loaded the app, and does not load it anew in a phased restart. Puma gives an index to a new
# worker only when the one before has ended, also in a phased restart, so there are never two of them. It
# gives the lowest one first, so one that dies is followed by another.
#
# Kaal is not loaded here but by the app, which may come later: where Rails is, it is loaded after Rails.
#
# There is no `config` here: for a plugin that has one, Puma forgets the first setting of config/puma.rb.
# And how many workers there are may be said elsewhere, by `-w` or WEB_CONCURRENCY.
Puma::Plugin.create do
  # Called before the server starts, when all settings are known.
  def start(launcher)
    launcher.options[:workers].to_i.positive? ? start_cluster(launcher) : start_single(launcher.events)
  end

  private

  def start_single(events)
    hook(events, :after_booted, :on_booted) { begin_scheduler }
    hook(events, :before_restart, :on_restart) { stop }
    hook(events, :after_stopped, :on_stopped) { ask_to_stop }
  end

  def start_cluster(launcher)
    # Here a worker has loaded the app, which it has not when it boots. The master's control server tells
    # its state as well.
    launcher.events.register(:state) { |state| follow(state) if @worker == Process.pid }
    # Beside the hooks of config/puma.rb: Puma warns of those that are elsewhere that it has no workers.
    launcher.config.configure do |_user, file|
      hook(file, :before_worker_boot, :on_worker_boot) { |index| @worker = Process.pid if index.zero? }
      hook(file, :before_worker_shutdown, :on_worker_shutdown) { stop }
    end
  end

  # A worker that begins to stop still serves the requests that it has.
  def follow(state)
    case state
    when :running then begin_scheduler
    when :stop, :halt then ask_to_stop
    end
  end

  # May come within a trap, so it does not wait: what does is at_exit.
  def ask_to_stop
    @stopping = true
    ::Kaal.stop!(timeout: 0) if loaded?
  end

  # Puma 7 has new names for these.
  def hook(target, name, name_before, &)
    target.public_send(target.respond_to?(name) ? name : name_before, &)
  end

  # On a thread, as a store that does not answer must not keep Puma from serving.
  def begin_scheduler
    return if @begun == Process.pid

    @begun = Process.pid
    at_exit { stop }
    Thread.new { nil until started? }.name = 'kaal start'
  end

  # @return [Boolean] false: it is to be tried again
  def started?
    raise 'the app has not loaded it: add gem "kaal-rs" to the Gemfile' unless loaded?

    ::Kaal.start! unless @stopping
    true
  rescue StandardError => e
    warn "[Kaal] the scheduler does not start, trying again: #{e.class}: #{e.message}"
    sleep 5
    false
  end

  def stop
    @stopping = true
    ::Kaal.stop! if loaded?
  end

  def loaded?
    defined?(::Kaal) && ::Kaal.respond_to?(:stop!)
  end
end
