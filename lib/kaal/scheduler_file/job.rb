# frozen_string_literal: true

module Kaal
  module SchedulerFile
    # A job of the file, checked. `options` are those that {JobOptions} stores, `execution` is what the
    # definition's metadata says of how it is enqueued.
    Job = Struct.new(
      :key, :cron, :job_class_name, :queue, :args, :kwargs, :enabled, :metadata, :options, :execution,
      keyword_init: true
    ) do
      # What the file says, without what this gem makes of it.
      def to_h
        super.except(:options, :execution)
      end

      # The metadata that the definition gets.
      def stored_metadata
        JobOptions.merge(metadata.merge('execution' => execution), options)
      end
    end
  end
end
