# frozen_string_literal: true

module Kaal
  module Boot
    # A block for `to_prepare` runs at boot and each time that code is reloaded. What it registers takes
    # the place of what it has registered the time before, so that callbacks are of the new code; what it
    # registers no more is gone from this process. What has taken its place meanwhile, as the scheduler
    # file may, is left alone. Prepended to Kaal.
    module PreparedJobs
      # Runs the blocks for `to_prepare`.
      #
      # @api private
      def preparing
        @outdated = @prepared || {}
        @prepared = {}
        @preparing = Thread.current
        yield
        @outdated.each_key { |key| take_out(key) }
        @outdated = {}
      ensure
        @preparing = nil
        # Blocks that failed are run again when the code has been mended.
        @prepared = @outdated.merge(@prepared)
      end

      def register_all(jobs)
        return super unless @preparing == Thread.current

        taken_out = jobs.filter_map { |job| take_out(JobKey.of(job[:key])) }
        entries = super
        entries.zip(jobs) { |entry, job| @prepared[entry.key] = entry if entry.enqueue.equal?(job[:enqueue]) }
        @outdated = @outdated.except(*@prepared.keys)
        entries
      ensure
        # The callback of before, if nothing came of it.
        taken_out&.each { |entry| registry.upsert(**entry.to_h) } unless entries
      end

      private

      # @return [Registry::Entry, nil] what was registered the time before, if it was still there
      def take_out(key)
        entry = @outdated[key]
        registry.remove(key) if entry && registry.find(key) == entry
      end
    end
  end
  private_constant :Boot
end
