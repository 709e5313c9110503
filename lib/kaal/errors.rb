# frozen_string_literal: true

module Kaal
  # A configuration that cannot work; the message lists all that is wrong.
  class ConfigurationError < StandardError; end

  # A job that cannot be registered: its key is taken.
  class RegistryError < StandardError; end

  # A scheduler file that cannot be loaded; the message names the file and the job.
  class SchedulerConfigError < StandardError; end

  # A cron expression or time zone that is not valid; the message names field, text and range.
  class CronError < ArgumentError
    # @return [Integer, nil] where in the expression the refused text begins, in bytes
    attr_reader :position
  end

  # A defect of kaal-rs: a panic of the native core. Nothing of the process is damaged.
  class InternalError < StandardError; end

  # Where the processes of an app agree on who runs what.
  module Backend
    # The store could not be reached or refused a command.
    class StoreError < StandardError; end

    # A lock could not be acquired or released because the store failed.
    class LockAdapterError < StandardError; end
  end
end
