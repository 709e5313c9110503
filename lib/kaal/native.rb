# frozen_string_literal: true

require 'kaal/kaal_rs'

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

    # A forked child closes the sockets that it inherited at once: as long as it has them open, a server
    # keeps the locks of its parent, even when that has died. A fork that goes around these methods is
    # noticed at the first use.
    module Forks
      def self.close_inherited
        Native.close_inherited
      rescue Ractor::UnsafeError
        nil # the core is for the main one; a fork in another must not fail for that
      end

      def _fork
        super.tap { Forks.close_inherited }
      end

      # It forks without `_fork`.
      def daemon(...)
        super.tap { Forks.close_inherited }
      end
    end
    ::Process.singleton_class.prepend(Forks)
  end
  private_constant :Native
end
