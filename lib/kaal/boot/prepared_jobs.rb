# frozen_string_literal: true

module Kaal
  module Boot
    # A block for `to_prepare` runs at boot and each time that code is reloaded. What it registers takes
    # the place of what it has registered the time before, so that callbacks are of the new code; what it
    # registers no more is gone from this process. Prepended to Kaal.
    module PreparedJobs
      # Runs the blocks for `to_prepare`.
      #
      # @api private
      def preparing
        @outdated = @prepared || []
        @prepared = []
        @preparing = Thread.current
        yield
        @outdated.each { |key| registry.remove(key) }
        @outdated = []
      ensure
        @preparing = nil
        # Blocks that failed are run again when the code has been mended.
        @prepared |= @outdated
      end

      def register_all(jobs)
        return super unless @preparing == Thread.current

        replaced = outdated(jobs).filter_map { |key| registry.remove(key) }
        entries = super
        entries.each { |entry| @prepared << entry.key }
        @outdated -= @prepared
        entries
      ensure
        # The callback of before, if nothing came of it.
        replaced&.each { |entry| registry.upsert(**entry.to_h) } unless entries
      end

      private

      def outdated(jobs)
        @outdated & jobs.map { |job| JobKey.of(job[:key]) }
      end
    end
  end
  private_constant :Boot
end
