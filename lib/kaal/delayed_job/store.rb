# frozen_string_literal: true

module Kaal
  module DelayedJob
    # Where a backend keeps its delayed jobs: what its `delayed_store` gives. A job is pending until it is taken
    # by one process, which has a lease on it then; that closes the claim, puts it off or fails it. Claims whose
    # lease has ended are taken again, each by another id: what is said by the id of before has no effect. An app's
    # own backend may have a store of its own with these methods.
    class Store
      # @param jobs [Object] which has the methods of the core
      # @param namespace [String] before the keys, in Redis
      # @param kind [String] of the database, for jobs that are added within the app's transactions; nil: it is none
      # @api private
      def initialize(jobs, namespace: '', kind: nil)
        @jobs = jobs
        @namespace = namespace
        @kind = kind
      end

      # @param row [Hash] `job_id run_at job_class args queue created_at`: times in microseconds since 1970, JSON
      # @param connection [#quote, nil] of ActiveRecord's, whose transaction it shall be a part of
      # @return [Boolean] false: one of that id is pending
      # @raise [ArgumentError] when a text is too long, or the connection cannot be used
      # @raise [Backend::StoreError] when the store fails; so do all others
      def enqueue(row, connection: nil)
        return @jobs.enqueue_job(@namespace, row) unless connection
        raise ArgumentError, 'connection is for delayed jobs in a database' unless @kind

        Delayed::AppConnection.new(connection, @kind).enqueue(row)
      end

      # When there is something to take, by one small read.
      #
      # @return [Array(Time, Float), Array(nil, nil)] when the first job is due, and in how many seconds the first
      #   lease ends
      def next_due
        due, left = @jobs.next_due(@namespace)
        [due && Delayed::RunAt.from_micros(due), left && (left / 1000.0)]
      end

      # Takes jobs that are due, `most` at most, by time and job id; fewer where their arguments take megabytes.
      #
      # @param now [Time]
      # @param most [Integer] how many at most
      # @param ttl [Numeric] the lease, in seconds
      # @return [Array<Hash>] as {#enqueue} takes them, with `id`; `attempts`: how many calls were noted; `retaken`:
      #   whether it was taken before, by somebody who may have called it; perhaps `flaw`: why it cannot be read
      def take(now, most, ttl)
        @jobs.take_jobs(@namespace, Delayed::RunAt.to_micros(now), most, ttl)
      end

      # @param ids [Array<String>] of claims
      # @param holder [Hash] `ttl`, in seconds
      # @return [Array<Boolean>] which are open
      def renew_claims(ids, holder)
        @jobs.extend_jobs(@namespace, ids, holder[:ttl], nil)
      end

      # Notes that a claimed job is about to be called, which counts also if this process does not live to tell.
      #
      # @param id [String] of its claim
      # @param attempts [Integer] how often that is, with this call
      # @param ttl [Numeric] the lease from now on, in seconds
      # @return [Boolean] whether the claim is open; else another has it
      def note_call(id, attempts, ttl)
        @jobs.extend_jobs(@namespace, [id], ttl, attempts).first
      end

      # Has a claimed job taken again in so many seconds.
      #
      # @param id [String] of its claim
      # @param seconds [Numeric]
      # @param attempts [Integer] how often it was called
      # @return [nil]
      def put_off(id, seconds, attempts)
        @jobs.extend_jobs(@namespace, [id], seconds, attempts)
        nil
      end

      # Forgets claims: their jobs were dispatched.
      #
      # @param _namespace [String] of no effect: the store has its own
      # @param ids [Array<String>] of claims
      # @return [nil]
      def close_claims(_namespace, ids)
        @jobs.close_jobs(@namespace, ids)
        nil
      end

      # Gives a claimed job up.
      #
      # @param id [String] of its claim
      # @param error [String] why
      # @param attempts [Integer] how often it was called
      # @return [nil]
      def fail(id, error, attempts)
        @jobs.fail_job(@namespace, id, error, attempts)
        nil
      end

      # @param limit [Integer] how many at most
      # @return [Array<Hash>] the jobs that are pending, the first due first
      def pending(limit)
        limit.positive? ? @jobs.pending_jobs(@namespace, limit) : []
      end

      # @param limit [Integer] how many at most
      # @return [Array<Hash>] the jobs that were given up, the last first, with `id attempts error failed_at`
      def failed(limit)
        limit.positive? ? @jobs.failed_jobs(@namespace, limit) : []
      end

      # Has a job that was given up tried again.
      #
      # @param id [String] of its claim
      # @return [Boolean] whether there is one
      def retry_failed(id)
        @jobs.retry_job(@namespace, id)
      end

      # Forgets a job that was given up.
      #
      # @param id [String] of its claim
      # @return [Boolean] whether there was one
      def discard_failed(id)
        @jobs.discard_job(@namespace, id)
      end

      # @return [Hash{Symbol => Integer}] how many are `pending`, `claimed` and `failed`
      def counts
        %i[pending claimed failed].zip(@jobs.count_jobs(@namespace)).to_h
      end
    end
  end
end
