# frozen_string_literal: true

require 'kaal'

# Beside the gem allora both would be mixed.
if defined?(Allora) && !defined?(Kaal::Allora)
  raise Kaal::NameConflictError, 'kaal/allora stands in for the gem allora, which is loaded: ' \
                                 "remove `gem 'allora'` from the Gemfile and `require 'allora'`."
end

require_relative 'allora/cron_line'
require_relative 'allora/job'
require_relative 'allora/backend'
require_relative 'allora/backend/memory'
require_relative 'allora/backend/redis'
require_relative 'allora/scheduler'

module Kaal
  # A scheduler with the interface and the state of the gem allora: jobs that run every so many seconds or by a
  # cron line, each by the one node that moves its next run first. Also called `Allora`.
  #
  #   require 'kaal/allora'
  #
  #   Allora.start(backend: :redis, host: 'redis.local', join: true) do |s|
  #     s.add('empty_cache', every: 300) { Cache.empty! }
  #     s.add('update_stats', cron: '0 2,14 * * *') { Stats.update! }
  #   end
  module Allora
    # Makes a scheduler, yields it, and starts it.
    #
    # @param opts [Hash] `join: true`: returns when the scheduler has ended; the rest as {Scheduler#initialize}
    # @yieldparam scheduler [Scheduler] to {Scheduler#add} jobs to
    # @return [Scheduler]
    # @raise [ArgumentError] when an option cannot be used
    def self.start(opts = {})
      scheduler = Scheduler.new(opts.except(:join))
      yield scheduler if block_given?
      scheduler.start
      scheduler.join if opts[:join]
      scheduler
    end
  end
end

# The name by which apps know it.
Allora = Kaal::Allora
