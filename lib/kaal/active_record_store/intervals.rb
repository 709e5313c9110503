# frozen_string_literal: true

module Kaal
  class ActiveRecordStore
    # The last runs of jobs that run in intervals: rows of `kaal_intervals`. Includers have {OpenClaims}.
    module Intervals
      # @param runs [Array<Array(String, Integer)>] cron key and fire time in unix seconds
      # @return [Array<Boolean>] which are the holder's
      def advance_intervals(namespace, holder, runs)
        values = [namespace, runs_json(runs), holder, now_text]
        advanced = @access.write { |session| runs_of(session.rows('advance.sql', *values)) }
        runs.map { |run| advanced.include?(run) }
      end
    end
    private_constant :Intervals
  end
end
