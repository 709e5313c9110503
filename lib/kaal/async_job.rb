# frozen_string_literal: true

require 'kaal'

# Of the gem async, and of what belongs to it.
module Async
  # The names of Async::Job's Redis processor, for programs that were written for it.
  module Job
    # From a job to what Redis keeps of it, and back.
    Coder = Kaal::Queue::Coder unless const_defined?(:Coder, false)

    # What takes jobs.
    module Processor
      # Jobs in Redis.
      module Redis
        # Takes jobs from a queue and has a delegate perform them.
        Server = Kaal::Queue::Server

        # @param delegate [#call]
        # @param endpoint [String, #url, nil] where Redis is; nil: on this machine
        # @param options [Hash] of the server
        # @return [Server]
        def self.new(delegate, endpoint: nil, **options)
          Server.new(delegate, endpoint, **options)
        end
      end
    end
  end
end
