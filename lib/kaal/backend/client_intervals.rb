# frozen_string_literal: true

module Kaal
  module Backend
    # The last runs of jobs that run in intervals through the `eval` of a given Redis client: as the core keeps
    # them, in the hash `<namespace>:intervals`.
    module ClientIntervals
      SCRIPT = Native.redis_scripts.fetch(:advance)
      private_constant :SCRIPT

      # @param runs [Array<Array(String, Integer)>] cron key and fire time in unix seconds
      # @return [Array<Boolean>] which are the holder's
      def advance_intervals(namespace, holder, runs)
        arguments = [holder, *runs.flatten]
        answers = asking { @client.eval(SCRIPT, keys: ["#{namespace}:intervals"], argv: arguments) }
        answers.map { |answer| [1, '1', true].include?(answer) }
      end
    end
    private_constant :ClientIntervals
  end
end
