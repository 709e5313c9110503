# frozen_string_literal: true

require_relative 'kaal/name_conflict' # before anything is mixed with the other gem
require_relative 'kaal/platform'

require 'json'
require 'logger'
require 'securerandom'
require 'socket'
require 'time'
require 'uri'

require_relative 'kaal/version'
require_relative 'kaal/errors'
require_relative 'kaal/native'
require_relative 'kaal/cron'
require_relative 'kaal/cron_utils'
require_relative 'kaal/cron_humanizer'
require_relative 'kaal/events'
require_relative 'kaal/report'
require_relative 'kaal/job_options'
require_relative 'kaal/guarantee'
require_relative 'kaal/interval'
require_relative 'kaal/environment_zone'
require_relative 'kaal/rails_executor'
require_relative 'kaal/configuration'
require_relative 'kaal/job_key'
require_relative 'kaal/registry'
require_relative 'kaal/idempotency_key_generator'
require_relative 'kaal/connection_source'
require_relative 'kaal/redis_connection'
require_relative 'kaal/database_settings'
require_relative 'kaal/column_text'
require_relative 'kaal/active_record_store'
require_relative 'kaal/app_database'
require_relative 'kaal/models'
require_relative 'kaal/dispatch/registry'
require_relative 'kaal/dispatch/memory_engine'
require_relative 'kaal/dispatch/redis_engine'
require_relative 'kaal/dispatch/database_engine'
require_relative 'kaal/definition/registry'
require_relative 'kaal/definition/json_records'
require_relative 'kaal/definition/memory_engine'
require_relative 'kaal/definition/redis_engine'
require_relative 'kaal/definition/database_engine'
require_relative 'kaal/backend/dispatch_logging'
require_relative 'kaal/backend/adapter'
require_relative 'kaal/backend/null_adapter'
require_relative 'kaal/backend/store_adapter'
require_relative 'kaal/backend/memory_adapter'
require_relative 'kaal/backend/client_leases'
require_relative 'kaal/backend/redis_adapter'
require_relative 'kaal/backend/database_adapter'
require_relative 'kaal/backend/sqlite_adapter'
require_relative 'kaal/backend/server_adapter'
require_relative 'kaal/backend/postgres_adapter'
require_relative 'kaal/backend/mysql_adapter'
require_relative 'kaal/yaml_file'
require_relative 'kaal/section_names'
require_relative 'kaal/scheduler_file'
require_relative 'kaal/scheduler_file_loader'
require_relative 'kaal/scheduler_file_functions'
require_relative 'kaal/configuration_file'
require_relative 'kaal/job_schedule'
require_relative 'kaal/job_status'
require_relative 'kaal/delayed'
require_relative 'kaal/delayed_job'
require_relative 'kaal/delayed_job_functions'
require_relative 'kaal/wakeup'
require_relative 'kaal/coordinator'
require_relative 'kaal/queue'
require_relative 'kaal/file_conflicts'
require_relative 'kaal/registration'
require_relative 'kaal/module_functions'
require_relative 'kaal/boot/definitions'
require_relative 'kaal/setting_lines'
require_relative 'kaal/rake_tasks'

# Distributed cron: each scheduled run of a job once, however many machines run the app.
#
#   Kaal.configure { |config| config.backend = Kaal::Backend::RedisAdapter.new(ENV.fetch('REDIS_URL')) }
#   Kaal.register(key: 'report', cron: '0 9 * * mon-fri', enqueue: ->(fire_time:, **) { Report.run(fire_time) })
#   Kaal.start!
module Kaal
  extend ModuleFunctions
  extend Boot::Definitions
  extend SchedulerFileFunctions
  extend DelayedJobFunctions
  extend Models
end

require_relative 'kaal/railtie' if defined?(Rails::Railtie)
