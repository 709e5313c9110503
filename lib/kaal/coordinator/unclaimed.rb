# frozen_string_literal: true

module Kaal
  class Coordinator
    # In a timeline's place, for runs that are dispatched on request: gets back what could not be claimed for
    # certain.
    Unclaimed = Struct.new(:times) do
      def retry(_key, time)
        times << time
      end

      # @raise [Backend::LockAdapterError] when there are such runs
      def refuse(key)
        return if times.empty?

        raise Backend::LockAdapterError, "#{times.size} runs of #{key} from #{Time.at(times.min).utc.iso8601} on " \
                                         'could not be claimed; call it again when the store answers'
      end
    end
    private_constant :Unclaimed
  end
end
