# frozen_string_literal: true

module Kaal
  # Jobs that are dispatched once, at a time: `Kaal.enqueue_at` and what looks at them.
  module DelayedJobFunctions
    # How many jobs a list has, if nothing else is said.
    LIST = 100
    private_constant :LIST

    # Has a class called at a time, by whichever process runs a scheduler then: by `perform_later` (in the queue),
    # `perform_async` or `perform`. It is called at least once.
    #
    # @param at [Time, Numeric, String, #to_time] when; unix seconds if a number, ISO 8601 if a text. What is past
    #   is due at once
    # @param job_class [Class, String]
    # @param args [Array] which JSON can keep, 1 MiB at most
    # @param job_id [String] tells it from all that are pending
    # @param queue [String, nil] nil: the class's own
    # @param connection [#quote, Class, nil] a connection of ActiveRecord's to the database of the backend, or a
    #   model's class: the job is there if the transaction is committed that is open there
    # @return [Hash] `job_id run_at job_class args queue created_at`
    # @raise [ArgumentError] when one of these cannot be used, or the backend keeps no delayed jobs
    # @raise [SchedulerConfigError] when the class is unknown, forbidden or cannot be called
    # @raise [DelayedJob::DuplicateJobError] when a job of that id is pending
    # @raise [Backend::StoreError] when the store fails
    def enqueue_at(at:, job_class:, args:, job_id:, queue: nil, connection: nil)
      draft = Delayed::Draft.new(configuration, at: at, job_class: job_class, args: args, job_id: job_id,
                                                queue: queue)
      job = draft.to_h
      unless delayed_store.enqueue(draft.to_row, connection: connection)
        raise DelayedJob::DuplicateJobError, "a delayed job with the id #{job[:job_id]} is pending"
      end

      @coordinator&.expect_delayed_job(job[:run_at])
      job
    end

    # @param limit [Integer] how many at most
    # @return [Array<Hash>] the jobs that are pending, as {#enqueue_at} gives them, the first due first
    # @raise [ArgumentError] when the backend keeps no delayed jobs
    # @raise [Backend::StoreError] when the store fails
    def delayed_jobs(limit: LIST)
      delayed_store.pending(limit).map { |row| Delayed.readable(row) }
    end

    # @param limit [Integer] how many at most
    # @return [Array<Hash>] the jobs that were given up, the last first: as {#enqueue_at} gives them, with `id`
    #   `attempts error failed_at`
    # @raise (see #delayed_jobs)
    def failed_delayed_jobs(limit: LIST)
      delayed_store.failed(limit).map { |row| Delayed.readable(row) }
    end

    # How many delayed jobs there are. Databases count them each time.
    #
    # @return [Hash{Symbol => Integer}, nil] `waiting`; `running`, with those that are to be tried again; `failed`:
    #   given up. nil where the backend keeps none, or its tables are missing
    # @raise [Backend::StoreError] when the store fails
    def delayed_job_counts
      store = delayed_store_if_any
      return unless store && configuration.enable_delayed_jobs

      %i[waiting running failed].zip(store.counts.values_at(:pending, :claimed, :failed)).to_h
    rescue Backend::StoreError => e
      raise unless e.message.include?('create_tables!')
    end

    # Has a job that was given up tried again, at once and as often as a new one.
    #
    # @param id [String] its `id` in {#failed_delayed_jobs}, not its job id
    # @return [Boolean] whether there is one
    # @raise (see #delayed_jobs)
    def retry_failed_delayed_job(id)
      delayed_store.retry_failed(id).tap { |there| @coordinator&.expect_delayed_job(Time.now) if there }
    end

    # Forgets a job that was given up.
    #
    # @param id [String] its `id` in {#failed_delayed_jobs}, not its job id
    # @return [Boolean] whether there was one
    # @raise (see #delayed_jobs)
    def discard_failed_delayed_job(id)
      delayed_store.discard_failed(id)
    end

    private

    def delayed_store
      store = delayed_store_if_any
      return store if store && configuration.enable_delayed_jobs

      raise ArgumentError, 'delayed jobs are turned off: config.enable_delayed_jobs is false' if store

      backend = configuration.backend
      raise ArgumentError, 'no store for delayed jobs: set config.backend to one that has a delayed_store, it is ' \
                           "#{backend ? "a #{backend.class}" : 'nil'}"
    end

    def delayed_store_if_any
      backend = configuration.backend
      backend.delayed_store if backend.respond_to?(:delayed_store)
    end
  end
  private_constant :DelayedJobFunctions
end
