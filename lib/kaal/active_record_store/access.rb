# frozen_string_literal: true

module Kaal
  class ActiveRecordStore
    # The way to a connection: taken for one piece of work, given back before anybody waits.
    class Access
      # How long a writer waits for the others, in seconds. SQLite's writers do not queue: under load one
      # may be passed over for a while.
      PATIENCE = 15

      # The longest pause between two tries, in seconds; each is a random part of it.
      PAUSE = 0.005

      # A writer that waits inside SQLite keeps Ruby's other threads from running, and with them the one
      # that it waits for. So those of this process go one by one. Nobody waits for his turn with a
      # transaction open: in a test all threads share a connection, which it would keep from the others.
      TURN = Mutex.new

      private_constant :PATIENCE, :PAUSE, :TURN

      # @param owner [#connection_pool]
      def initialize(owner)
        @owner = owner
        @shapes = {}
      end

      # Runs the block with a {Session}.
      #
      # @raise [Backend::StoreError] when the database fails
      def read
        patiently { |connection| uninterrupted { yield session(connection) } }
      end

      # As {#read}, for one statement that writes or, in a transaction, for several, of which the first
      # must write: a transaction that only becomes a writer later is not let wait.
      #
      # @raise [Backend::StoreError] also when the caller has a transaction open
      def write(transaction: false)
        patiently do |connection|
          refuse_open_transaction(connection)
          TURN.synchronize do
            uninterrupted do
              next yield session(connection) unless transaction

              connection.transaction(requires_new: true, joinable: false) { yield session(connection) }
            end
          end
        end
      end

      # As {#read}, for what a rollback may undo: a migration runs in a transaction.
      alias define read

      private

      def session(connection)
        Session.new(connection, @shapes)
      end

      def patiently(&)
        limit = now + PATIENCE
        begin
          @owner.connection_pool.with_connection(&)
        rescue *failures => e
          raise Backend::StoreError, explain(e) unless busy?(e) && now < limit

          sleep(rand * PAUSE)
          retry
        end
      end

      # A Timeout or Thread#kill comes before or after, not between a statement and its commit, which is
      # a matter of milliseconds.
      def uninterrupted(&)
        Thread.handle_interrupt(Object => :never, &)
      end

      def refuse_open_transaction(connection)
        # That of Rails' transactional tests is not joinable.
        return unless connection.transaction_open? && connection.current_transaction.joinable?

        raise Backend::StoreError, 'a transaction is open on the connection: its rollback would undo what is ' \
                                   'claimed or written here. Call kaal-rs outside of it'
      end

      def failures
        [::ActiveRecord::ActiveRecordError, (::SQLite3::Exception if defined?(::SQLite3::Exception))].compact
      end

      # SQLITE_BUSY or SQLITE_LOCKED, whatever ActiveRecord makes of it.
      def busy?(error)
        while error
          return true if %w[SQLite3::BusyException SQLite3::LockedException].include?(error.class.name)

          error = error.cause
        end
      end

      def explain(error)
        case error.message
        when /no such table/
          "#{error.message} (in Rails run bin/rails db:migrate, elsewhere Kaal.create_tables! makes it)"
        when /near ">>?"/ then "#{error.message} (SQLite 3.38 is needed, or a newer one)"
        else error.message
        end
      end

      def now
        Process.clock_gettime(Process::CLOCK_MONOTONIC)
      end
    end
    private_constant :Access
  end
end
