# frozen_string_literal: true

require 'digest'
require 'json'
require 'ostruct'
require 'securerandom'
require 'socket'
require 'yaml'

# As a node of Kaal 0.2: on the wire all that it does, of its calls those that the app of the specs makes. It
# understands one cron expression, `* * * * *`; others are never due.
module Kaal
  VERSION = '0.2.0'
  EVERY_MINUTE = '* * * * *'
  class SchedulerConfigError < StandardError; end

  autoload :CronLock, 'kaal/models'
  autoload :CronDispatch, 'kaal/models'
  autoload :CronDefinition, 'kaal/models'

  # Gives what was logged, defined or locked as a backend and its registries keep it.
  module Backend
    autoload :RedisAdapter, 'kaal/redis_adapter'
    autoload :SQLiteAdapter, 'kaal/sql_adapters'
    autoload :PostgresAdapter, 'kaal/sql_adapters'
  end

  class << self
    def configure
      yield configuration
    end

    def configuration
      @configuration ||= OpenStruct.new( # rubocop:disable Style/OpenStructUse
        tick_interval: 5, window_lookback: 120, window_lookahead: 0, lease_ttl: 125, namespace: 'kaal',
        scheduler_config_path: 'config/scheduler.yml'
      )
    end

    def definition_registry = configuration.backend.definition_registry
    def dispatch_log_registry = configuration.backend.dispatch_registry
    def disable(key:) = definition_registry.switch(key, false)
    def dispatched?(key, fire_time) = !dispatch_log_registry.find_dispatch(key, fire_time).nil?

    # Keeps what is stored of a job, but for its expression.
    def register(key:, cron:, enqueue:)
      stored = definition_registry.find_definition(key) || {}
      definition_registry.upsert_definition(key: key, cron: cron, source: 'code', **stored.slice(:enabled, :metadata))
      callbacks[key] = enqueue
    end

    # Jobs of the file overwrite what is stored, unless that came from elsewhere.
    def load_scheduler_file!
      path = Rails.root.join(configuration.scheduler_config_path)
      return warn("there is no #{path}") unless path.exist?

      sections = YAML.safe_load(ERB.new(path.read, trim_mode: '-').result)
      sections.values_at('defaults', Rails.env).compact.flat_map { |section| section['jobs'] }.each do |job|
        stored = definition_registry.find_definition(job['key'])
        if stored && stored[:source] != 'file'
          raise SchedulerConfigError, "#{job['key']} is defined in #{stored[:source]}"
        end

        load_job(job)
      end
    end

    # Whatever of the last minutes can be locked.
    def tick!
      now = Time.now.to_i
      definition_registry.all_definitions.each do |definition|
        next unless definition[:enabled]

        callback = callbacks[definition[:key]] || (warn("no callback for #{definition[:key]}") || next)
        occurrences(definition[:cron], now).each { |unix| dispatch(definition[:key], unix, callback) }
      end
    end

    private

    def callbacks
      @callbacks ||= {}
    end

    def occurrences(cron, now)
      return [] unless cron == EVERY_MINUTE

      ((now - configuration.window_lookback + 1)..now).select { |unix| (unix % 60).zero? }
    end

    def dispatch(key, unix, callback)
      lock = "#{configuration.namespace}:dispatch:#{key}:#{unix}"
      return unless configuration.backend.acquire(lock, configuration.lease_ttl)

      if configuration.enable_log_dispatch_registry
        dispatch_log_registry.log_dispatch(key, Time.at(unix).utc, Socket.gethostname)
      end
      callback.call(fire_time: Time.at(unix).utc, idempotency_key: "#{configuration.namespace}-#{key}-#{unix}")
    end

    def load_job(job)
      execution = { 'target' => 'active_job', **job.slice('job_class', 'queue', 'args', 'kwargs') }
      definition_registry.upsert_definition(
        key: job['key'], cron: job['cron'], enabled: job.fetch('enabled', true), source: 'file',
        metadata: job.fetch('metadata', {}).merge('execution' => execution)
      )
      callbacks[job['key']] = lambda do |fire_time:, **|
        args = job.fetch('args', []).map { |text| text == '{{fire_time.unix}}' ? fire_time.to_i : text }
        job['job_class'].constantize.set(queue: job['queue']).perform_later(*args)
      end
    end
  end
end

require_relative 'kaal/railtie' if defined?(Rails::Railtie)
