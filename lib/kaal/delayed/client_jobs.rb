# frozen_string_literal: true

module Kaal
  module Delayed
    # Delayed jobs through the `eval` of a given Redis client: as the core keeps them.
    class ClientJobs
      SCRIPTS = Native.redis_scripts.freeze
      private_constant :SCRIPTS

      def initialize(client)
        @client = client
      end

      def enqueue_job(namespace, row)
        arguments = [row[:job_id], Native.delayed_score(row[:run_at]), Native.delayed_json(row)]
        truth(run(:enqueue_job, namespace, %w[payloads schedule], arguments))
      end

      def next_due(namespace)
        due, left = run(:next_due, namespace, %w[schedule claims], [])
        [(Native.delayed_micros(due) unless due.empty?), (Native.delayed_micros(left) / 1000 unless left.empty?)]
      end

      def take_jobs(namespace, now, most, ttl)
        arguments = [Native.delayed_score(now), most, Native.ttl_ms(ttl), SecureRandom.uuid, Native::LARGEST_TAKE]
        taken = run(:take_jobs, namespace, %w[schedule payloads claims claimed], arguments)
        rows = taken.each_slice(3).map do |id, claimed, before|
          { **Native.delayed_claim(id, claimed), retaken: truth(before) }
        end
        rows.sort_by { |row| row.values_at(:run_at, :job_id) }
      end

      def extend_jobs(namespace, ids, ttl, attempts)
        arguments = [Native.ttl_ms(ttl), attempts.to_s, *ids]
        run(:extend_jobs, namespace, %w[claims claimed], arguments).map { |answer| truth(answer) }
      end

      def close_jobs(namespace, ids)
        run(:close_jobs, namespace, %w[claims claimed], ids)
      end

      def fail_job(namespace, id, error, attempts)
        run(:fail_job, namespace, %w[claims failed errors claimed], [id, error, attempts])
      end

      def pending_jobs(namespace, most)
        found = run(:pending_jobs, namespace, %w[schedule payloads], [most])
        found.each_slice(3).map { |job_id, score, payload| Native.delayed_job(job_id, score, payload) }
      end

      def failed_jobs(namespace, most)
        run(:failed_jobs, namespace, %w[failed errors claimed], [most]).each_slice(4).map do |id, claimed, error, at|
          error = error.dup.force_encoding(Encoding::UTF_8)
          { **Native.delayed_claim(id, claimed), error: error, failed_at: Native.delayed_micros(at) }
        end
      end

      def retry_job(namespace, id)
        truth(run(:retry_job, namespace, %w[claims failed errors claimed], [id]))
      end

      def discard_job(namespace, id)
        truth(run(:discard_job, namespace, %w[failed errors claimed], [id]))
      end

      def count_jobs(namespace)
        run(:count_jobs, namespace, %w[schedule claims failed], [])
      end

      private

      def run(script, namespace, names, arguments)
        keys = names.map { |name| "#{namespace}:delayed_jobs:#{name}" }
        @client.eval(SCRIPTS.fetch(script), keys: keys, argv: arguments)
      rescue StandardError => e
        raise Backend::StoreError, e.message
      end

      def truth(answer)
        [1, '1', true].include?(answer)
      end
    end
  end
end
