# frozen_string_literal: true

module Kaal
  # The Rust core. Private to the gem.
  module Native
    # Called by the core when a fiber under a scheduler waits: a thread waits in its place, so that
    # the other fibers of this thread go on. Ends the wait when the fiber gives up.
    def self.park(waiting)
      thread = Thread.new { waiting.wait }
      thread.report_on_exception = false
      thread.value
    ensure
      thread&.kill
    end
  end
  private_constant :Native
end

require 'kaal/kaal_rs'
