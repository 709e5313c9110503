# frozen_string_literal: true

module Kaal
  # What an app calls to load its scheduler file.
  module SchedulerFileFunctions
    # Made before there are threads, and before a trap asks for it.
    LOADING = SchedulerFile::Loading.new
    private_constant :LOADING

    # Loads the jobs of the scheduler file, `config.scheduler_config_path`: all of them, or none.
    #
    # @return [Array<Hash>] the jobs that were taken: `key cron job_class_name queue args kwargs enabled
    #   metadata`
    # @raise [SchedulerConfigError] when the file or a job of it is wrong; the message names it
    # @raise [Backend::StoreError] when the store fails
    def load_scheduler_file!
      jobs = scheduler_file.load
      @coordinator&.wake
      jobs
    end

    # Has the scheduler load its file again, at once where it runs, else at its next tick. A file that is wrong
    # is logged, and what was loaded before stays. May be called from a trap.
    def reload_scheduler_file!
      scheduler_file.request
      @coordinator&.wake
      nil
    end

    # Has the file be loaded before the first start or tick.
    #
    # @api private
    def defer_scheduler_file!
      scheduler_file.defer
      nil
    end

    # Loads the file if that was deferred.
    #
    # @raise [SchedulerConfigError] as {#load_scheduler_file!}; the next call tries again
    # @api private
    def load_deferred_scheduler_file!
      scheduler_file.load_deferred
      nil
    end

    # Loads the file again if that was asked for, or it has changed and `config.scheduler_reload` is set.
    #
    # @api private
    def refresh_scheduler_file
      scheduler_file.refresh
      nil
    end

    private

    def scheduler_file
      LOADING
    end
  end
  private_constant :SchedulerFileFunctions
end
