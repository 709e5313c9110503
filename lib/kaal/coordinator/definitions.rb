# frozen_string_literal: true

require_relative 'monotonic'

module Kaal
  class Coordinator
    # The definitions, as read last.
    #
    # While the store fails, those read last stay in force. A store that is suddenly empty has lost its
    # data: it gets back the jobs of this process. Only a process that has never read a definition goes by
    # its own registry.
    #
    # They are read again when they have changed, as far as the registry can tell without reading them,
    # and once a minute, after what was due, for what pure-Ruby nodes have written.
    class Definitions
      include Monotonic

      # Seconds.
      READ_EVERY = 60
      private_constant :READ_EVERY

      def initialize(configuration, registry)
        @configuration = configuration
        @registry = registry
        @current = []
        @last = nil
        @state = nil
        @read_at = nil
        @failed = false
      end

      # @return [Array<Hash>]
      def to_a
        @current
      end

      def find(key)
        @by_key ||= @current.to_h { |definition| [definition[:key], definition] }
        @by_key[key]
      end

      # Whether they could not be read the last time.
      def failed?
        @failed
      end

      # Reads them, when they have changed.
      #
      # @param wanted [Boolean] in any case
      # @param failure [Exception, nil] of the store, which then is not asked
      # @return [Boolean] whether they are others now, for all that is known
      def refresh(wanted, failure = nil)
        state, failure = ask_for_state unless failure
        if failure
          failed(failure)
          go_by(in_force)
          return wanted
        end
        return false if known?(state) && !wanted

        read
        @state = state unless @failed
        true
      end

      # Reads them once more, when a minute has passed: it takes long where there are many, so whoever calls has
      # nothing more urgent to do.
      #
      # @return [Boolean] whether they were read
      def reread
        return false unless @state && monotonic - @read_at >= READ_EVERY

        state = @state
        read
        @state = state unless @failed
        true
      end

      def read
        @failed = false
        @state = nil
        @read_at = monotonic
        go_by(stored)
      rescue StandardError => e
        failed(e)
        go_by(in_force)
      end

      private

      def go_by(definitions)
        @current = definitions
        @by_key = nil
      end

      def known?(state)
        state && state == @state
      end

      # @return [Array(Array, Exception)] what differs after a change, nil: not known; and why it cannot be
      def ask_for_state
        registry = Kaal.definition_registry
        version = registry.version if registry.respond_to?(:version)
        [([registry, version, @registry.version] unless version.nil?), nil]
      rescue StandardError => e
        [nil, e]
      end

      def stored
        stored = Kaal.definition_registry.all_definitions
        stored = restored if stored.empty? && @last
        return own if stored.empty? && @last.nil?

        @last = stored
      end

      def restored
        lost = @last.select { |definition| @registry.registered?(definition[:key]) }
        return [] if lost.empty?

        log(:warn, "the definitions are gone from the store: writing back #{lost.size}")
        lost.map do |definition|
          Kaal.definition_registry.upsert_definition(**definition.slice(:key, :cron, :enabled, :source, :metadata))
        end
      end

      def failed(error)
        fallback = @last ? 'the last ones stay in force' : 'going by the local ones'
        Report.error(@configuration, "cannot read the definitions, #{fallback}", error)
        @failed = true
        @state = nil
      end

      def in_force
        @last || own
      end

      def own
        @registry.all.map { |entry| { key: entry.key.to_s, cron: entry.cron.to_s, enabled: true } }
      end

      def log(level, message)
        @configuration.logger&.public_send(level, "[Kaal] #{message}")
      end
    end
    private_constant :Definitions
  end
end
