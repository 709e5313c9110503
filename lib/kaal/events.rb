# frozen_string_literal: true

module Kaal
  # Tells whoever listens what the scheduler and queues do: through ActiveSupport::Notifications where that is
  # loaded, else by a list of its own. Listeners are called on the thread that does it; one that raises
  # is logged and ends nothing.
  #
  # | event | payload |
  # |---|---|
  # | `tick.kaal` | `due`: how many runs were handed out |
  # | `claim.kaal` | `runs`, `won`, `failed`: how many; `taken_over`: whether they were another's |
  # | `dispatch.kaal` | `key`, `fire_time`, `lateness` in seconds, `attempt`, `taken_over`; `exception`: it raised |
  # | `delayed_job.kaal` | `job_id`, `job_class`, `run_at`, `lateness` in seconds, `attempt`; `exception`: it raised |
  # | `recovery.kaal` | `runs`: how many were looked up, `missing`: how many of them the log does not show |
  # | `error.kaal` | `message`, `error` |
  # | `enqueue.kaal` | `prefix` of the queue, `jobs`: how many, `ids` |
  # | `perform.kaal` | `prefix`, `id`, `attempt`, `token`; `exception`: it raised |
  # | `dead.kaal` | `prefix`, `id`, `reason`: it is not tried again |
  # | `lost.kaal` | `prefix`, `id`: it ended after it had gone to another server |
  # | `recovered.kaal` | `prefix`, `server`, `jobs`: how many of a server that is gone are ready again |
  module Events
    # Listeners by name.
    @listeners = [].freeze
    @mutex = Mutex.new

    class << self
      # @param pattern [String, Regexp] of the names
      # @yieldparam name [String]
      # @yieldparam started [Time]
      # @yieldparam finished [Time]
      # @yieldparam id [String]
      # @yieldparam payload [Hash]
      # @return [Object] for {unsubscribe}
      def subscribe(pattern, &listener)
        return ::ActiveSupport::Notifications.subscribe(pattern, &listener) if notifications?

        [pattern, listener].freeze.tap { |entry| @mutex.synchronize { @listeners = [*@listeners, entry].freeze } }
      end

      def unsubscribe(subscriber)
        return ::ActiveSupport::Notifications.unsubscribe(subscriber) if notifications?

        @mutex.synchronize { @listeners = @listeners.reject { |entry| entry.equal?(subscriber) }.freeze }
      end

      # Whether somebody listens: what tells of every run need not say it to nobody.
      def heard?(event)
        return ::ActiveSupport::Notifications.notifier.listening?("#{event}.kaal") if notifications?
        return false if @listeners.empty?

        @listeners.any? { |pattern, _listener| pattern === "#{event}.kaal" } # rubocop:disable Style/CaseEquality
      end

      # @param payload [Hash] which the block may add to
      # @return the block's value
      def tell(event, payload, &)
        name = "#{event}.kaal"
        notifications? ? tell_notifications(name, payload, &) : tell_listeners(name, payload, &)
      end

      private

      def notifications?
        defined?(::ActiveSupport::Notifications)
      end

      def tell_notifications(name, payload)
        return yield payload unless ::ActiveSupport::Notifications.notifier.listening?(name)

        done = false
        value = nil
        begin
          ::ActiveSupport::Notifications.instrument(name, payload) do
            value = yield payload
            done = true
          end
        rescue StandardError => e
          raise unless done

          complain(name, e)
        end
        value
      end

      def tell_listeners(name, payload)
        listening = @listeners.select { |pattern, _listener| pattern === name } # rubocop:disable Style/CaseEquality
        return yield payload if listening.empty?

        started = Time.now
        begin
          yield payload
        ensure
          listening.each { |_pattern, listener| call(listener, name, started, payload) }
        end
      end

      def call(listener, name, started, payload)
        listener.call(name, started, Time.now, SecureRandom.hex(10), payload)
      rescue StandardError => e
        complain(name, e)
      end

      def complain(name, error)
        Kaal.logger&.error("[Kaal] a listener to #{name} failed: #{error.class}: #{error.message}")
      end
    end
  end
  private_constant :Events
end
