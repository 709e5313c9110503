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

    # Has the scheduler load its file again, at once where it runs, else at its next tick. Of a file that is
    # wrong the log and the hooks of `config.on_error` are told, and what was loaded before stays. May be
    # called from a trap.
    #
    # @return [nil]
    def reload_scheduler_file!
      scheduler_file.request
      @coordinator&.wake
      nil
    end

    # Has the file be loaded before the first start or tick; a scheduler that runs already loads it at once.
    #
    # @api private
    def defer_scheduler_file!
      scheduler_file.defer
      @coordinator&.wake
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

    # Adds the callbacks of the file if it is deferred, which it remains, and leaves what is stored as it is: to
    # load it would enable again what was disabled since.
    #
    # @param definitions [Definition::Registry] where the definitions go instead
    # @raise [SchedulerConfigError] as {#load_scheduler_file!}
    # @api private
    def read_deferred_scheduler_file(definitions)
      scheduler_file.read_deferred(definitions)
      nil
    end

    # Loads the file for a scheduler that runs: if that was asked for or deferred, or the file has changed and
    # `config.scheduler_reload` is set.
    #
    # @yieldparam error [StandardError] why it could not be; the jobs are those of before
    # @api private
    def refresh_scheduler_file(&)
      scheduler_file.refresh(&)
      nil
    end

    private

    def scheduler_file
      LOADING
    end
  end
  private_constant :SchedulerFileFunctions
end
