# frozen_string_literal: true

module Chaos
  module Nemeses
    # The database ends all sessions, again and again: `pg_terminate_backend`, `KILL`.
    class EndedSessions < Nemesis
      def self.suits?(backend) = backend.start_with?('postgres', 'mariadb')

      def act = "#{store.server.terminate_sessions} sessions ended"

      def rests = 0.05..1.0
    end
  end
end
