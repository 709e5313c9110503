# frozen_string_literal: true

module Kaal
  class ActiveRecordStore
    # Delayed jobs: rows of `kaal_delayed_jobs` and, taken, of `kaal_delayed_claims`. Times are in microseconds
    # since 1970; the namespace is for stores that have one.
    module DelayedJobs
      JOB = %i[job_id run_at job_class args queue created_at].freeze
      CLAIM = (%i[id attempts] + JOB).freeze
      FAILED = (CLAIM + %i[error failed_at]).freeze
      TIMES = %i[run_at created_at failed_at].freeze
      # What is taken of the jobs that are due by `now`: how many and how many bytes at most, and until when.
      Share = Struct.new(:now, :most, :ends, :bytes)
      private_constant :JOB, :CLAIM, :FAILED, :TIMES, :Share

      # @raise [ArgumentError] when a text is too long
      def enqueue_job(_namespace, row)
        %i[job_id job_class queue].each { |name| check_fits(name, row[name].to_s) }
        values = { **row, run_at: Native.time_text(row[:run_at]), created_at: Native.time_text(row[:created_at]) }
        @access.write { |session| session.rows('insert_job.sql', *values.values_at(*JOB)).any? }
      end

      def next_due(_namespace)
        due, ends = @access.read { |session| session.rows('next_due.sql').first }
        ends = Native.time_micros(ends)
        [Native.time_micros(due), ends && ((ends - now_micros) / 1000.0).ceil]
      end

      def take_jobs(_namespace, now, most, ttl)
        share = Share.new(Native.time_text(now), most, now_text(Native.ttl_ms(ttl)), Native::LARGEST_TAKE)
        rows = @access.write(transaction: true) do |session|
          ended = take_ended(session, share)
          share.most -= ended.size
          share.bytes -= ended.sum { |row| row[:args].bytesize }
          ended + take_due(session, share)
        end
        rows.sort_by { |row| row.values_at(:run_at, :job_id) }
      end

      def extend_jobs(_namespace, ids, ttl, attempts)
        ends = now_text(Native.ttl_ms(ttl))
        extended = @access.write do |session|
          session.rows('extend_jobs.sql', JSON.generate(ids), ends, now_text, attempts).flatten
        end
        ids.map { |id| extended.include?(id) }
      end

      def close_jobs(_namespace, ids)
        @access.write { |session| session.rows('close_jobs.sql', JSON.generate(ids)) }
        nil
      end

      def fail_job(_namespace, id, error, attempts)
        @access.write { |session| session.rows('fail_job.sql', id, error.delete("\0"), now_text, attempts) }
        nil
      end

      def pending_jobs(_namespace, most)
        hashes(JOB, @access.read { |session| session.rows('pending_jobs.sql', most) })
      end

      def failed_jobs(_namespace, most)
        hashes(FAILED, @access.read { |session| session.rows('failed_jobs.sql', most) })
      end

      def retry_job(_namespace, id)
        @access.write { |session| session.rows('retry_job.sql', id, now_text).any? }
      end

      def discard_job(_namespace, id)
        @access.write { |session| session.rows('discard_job.sql', id).any? }
      end

      def count_jobs(_namespace)
        @access.read { |session| session.rows('count_jobs.sql').first }
      end

      private

      def take_ended(session, share)
        ended = session.rows('take_claims.sql', now_text, share.most, share.ends, SecureRandom.uuid, share.bytes)
        hashes(CLAIM, ended).each { |row| row[:retaken] = true }
      end

      def take_due(session, share)
        return [] unless share.most.positive? && share.bytes.positive?

        values = [share.now, share.most, share.ends, SecureRandom.uuid, now_text, share.bytes]
        due = hashes(CLAIM, session.rows('take_jobs.sql', *values))
        session.rows('delete_jobs.sql', JSON.generate(due.map { |row| row[:job_id] })) if due.any?
        due.each { |row| row[:retaken] = false }
      end

      def hashes(names, rows)
        rows.map do |row|
          hash = names.zip(row).to_h
          TIMES.each { |name| hash[name] = Native.time_micros(hash[name]) if hash.key?(name) }
          hash
        end
      end

      def now_micros
        Process.clock_gettime(Process::CLOCK_REALTIME, :microsecond)
      end
    end
    private_constant :DelayedJobs
  end
end
