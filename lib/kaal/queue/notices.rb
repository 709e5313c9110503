# frozen_string_literal: true

module Kaal
  module Queue
    # Tells of what the core has noticed: as events, and in the log.
    class Notices
      def initialize(queue, prefix)
        @queue = queue
        @prefix = prefix
      end

      def tell
        @queue.notices.each { |what, about, detail| send(what, about, detail) }
      end

      private

      def lost(id, _detail)
        Events.tell('lost', { prefix: @prefix, id: id }) { nil }
        log(:warn, "job #{id} ended after it had gone to another server")
      end

      def dead(id, reason)
        Events.tell('dead', { prefix: @prefix, id: id, reason: reason }) { nil }
        log(:error, "job #{id} is dead: #{reason}")
      end

      def recovered(server, jobs)
        Events.tell('recovered', { prefix: @prefix, server: server, jobs: Integer(jobs) }) { nil }
        log(:warn, "#{jobs} jobs of server #{server}, which is gone, are ready again")
      end

      def failing(message, _detail)
        log(:error, "Redis fails, trying again: #{message}")
      end

      def working(_about, _detail)
        log(:info, 'Redis works again')
      end

      def log(level, message)
        Kaal.logger&.public_send(level, "[Kaal] queue #{@prefix}: #{message}")
      end
    end
    private_constant :Notices
  end
end
