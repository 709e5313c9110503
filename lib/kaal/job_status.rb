# frozen_string_literal: true

module Kaal
  # How a job stands, as {Kaal.job_statuses} tells it:
  #
  # - `key`, `cron`, `enabled` and `source` of its definition
  # - `callback`: whether this process has one for it
  # - `next_time`: its next fire time, a UTC Time; nil: none ever, or it is disabled
  # - `last_dispatched`: the fire time of its latest run that the dispatch log shows; nil: none that is known
  # - `late`: how late it is, in seconds; 0.0: not at all; nil: not known without a dispatch log, or it is disabled
  # - `error`: why it cannot run at all, or nil
  JobStatus = Struct.new(
    :key, :cron, :enabled, :source, :callback, :next_time, :last_dispatched, :late, :error, keyword_init: true
  )
end
