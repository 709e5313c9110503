# frozen_string_literal: true

require 'securerandom'

module Soak
  # Delayed jobs, some each second, and a job that comes and goes.
  class DelayedLoad
    # What they are.
    class Job
      @count = 0

      class << self
        attr_reader :count

        def perform(_number)
          @count += 1
        end
      end
    end

    EACH_SECOND = 5
    private_constant :EACH_SECOND

    # Called each second.
    def call
      EACH_SECOND.times do |number|
        Kaal.enqueue_at(at: Time.now + 2 + number, job_class: Job, args: [number], job_id: SecureRandom.uuid)
      end
      Kaal.register(key: 'passing', cron: '* * * * * *', enqueue: ->(**) {})
      Kaal.unregister(key: 'passing')
    end

    def counts
      { 'delayed jobs' => Job.count }
    end
  end
end
