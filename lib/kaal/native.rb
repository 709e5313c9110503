# frozen_string_literal: true

require_relative 'extension'

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

    # Who says how to connect, by `object_id`: the core knows numbers only, and those that are collected
    # are asked no more.
    SOURCES = ObjectSpace::WeakMap.new

    # Called by the core at each connect, on the Ruby thread that needs the connection.
    def self.connection_options(number)
      SOURCES[number].call
    end

    # A process closes its SQLite files before it forks: a child would take its parent's locks for its own. A
    # forked child closes the sockets that it inherited at once: as long as it has them open, a server keeps the
    # locks of its parent, even when that has died. A fork that goes around these methods is noticed at the
    # first use.
    module Forks
      def self.around
        in_main_ractor { Native.before_fork }
        yield
      ensure
        in_main_ractor { Native.after_fork }
      end

      # The core is for the main one; a fork in another must not fail for that.
      def self.in_main_ractor
        yield
      rescue Ractor::UnsafeError
        nil
      end

      def _fork
        Forks.around { super }
      end

      # It forks without `_fork`.
      def daemon(...)
        Forks.around { super }
      end
    end
    ::Process.singleton_class.prepend(Forks)
  end
  private_constant :Native
end
