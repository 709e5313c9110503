# frozen_string_literal: true

module Kaal
  # Jobs that are dispatched once, at a time that is said when they are enqueued, see {Kaal.enqueue_at}.
  module DelayedJob
    # A job of that id is pending.
    class DuplicateJobError < StandardError; end
  end
end

require_relative 'delayed_job/store'
