# frozen_string_literal: true

module Kaal
  class Coordinator
    # Which jobs run: the enabled definitions that this process has a callback for.
    #
    # While the store fails, the definitions read last stay in force. A store that is suddenly
    # empty has lost its data: it gets back the jobs of this process. Only a process that has never
    # read a definition goes by its own registry.
    #
    # They are read again when they have changed, as far as the registry can tell without reading them,
    # and once a minute for what pure-Ruby nodes have written.
    class JobSource
      # Seconds.
      READ_EVERY = 60
      NONE = {}.freeze
      private_constant :READ_EVERY, :NONE

      def initialize(configuration, registry)
        @configuration = configuration
        @registry = registry
        @last = nil
        @warned = {}
        @state = nil
        @read_at = nil
        @options = {}
        @at_least_once = false
        @definitions = []
      end

      # As {#call}, when that may give something new.
      #
      # @param wanted [Boolean] in any case
      # @return [Array, nil] nil: nothing has changed
      def changes(wanted)
        state = self.state
        return if !wanted && state && state == @state && monotonic - @read_at < READ_EVERY

        @state = nil
        call.tap do
          @state = state unless @failed
          @read_at = monotonic
        end
      end

      # @return [Array<Array>] what the timeline takes: key, cron expression, policy for daylight-saving
      #   changes, splay in seconds, which missed runs run, within how many seconds
      def call
        @options = {}
        @at_least_once = false
        @definitions = definitions
        @definitions.filter_map do |definition|
          key = definition[:key]
          next unless definition[:enabled] && callback?(key)

          options = JobOptions.read(definition)
          next if broken_promise?(key, options)

          @options[key] = options unless options.empty?
          [key, expression(definition[:cron], options['zone']), options['dst'], options['splay'] || 0,
           options['missed'] || 'all', options['missed_within']]
        end
      end

      # Whether the definitions could not be read the last time.
      def failed?
        @failed ? true : false
      end

      # What a job's definition says beside its expression, as {JobOptions.read}.
      def options(key)
        @options.fetch(key, NONE)
      end

      # Whether some job is to run at least once.
      def at_least_once?
        @at_least_once
      end

      # Whether the job is one of those that {#call} gave the last time, but for a wrong expression.
      def runs?(key)
        definition = find(key)
        !definition.nil? && definition[:enabled] && @registry.registered?(key)
      end

      # Whether anybody may have the job; while that is not known, yes.
      def defined?(key)
        failed? || !find(key).nil?
      end

      # Of what {#call} has read the last time.
      #
      # @return [Hash{String => Integer}] since when each job is as it is, in unix seconds: its
      #   creation, its last change of expression or its last enabling
      def since
        @definitions.to_h do |definition|
          changed = definition.dig(:metadata, 'kaal_rs', 'since')
          [definition[:key], [definition[:created_at].to_i, changed ? Time.iso8601(changed).to_i : 0].max]
        rescue ArgumentError, TypeError
          [definition[:key], definition[:created_at].to_i]
        end
      end

      private

      # A zone that the expression names itself comes first. What is no expression the timeline reports.
      def expression(cron, zone)
        zone && !Cron.parse(cron).named_zone ? "#{cron} #{zone}" : cron
      rescue CronError
        cron
      end

      # nil: not known.
      def state
        registry = Kaal.definition_registry
        version = registry.version if registry.respond_to?(:version)
        [registry, version, @registry.version] unless version.nil?
      rescue StandardError
        nil # what is wrong the reading tells
      end

      def definitions
        @failed = false
        stored = Kaal.definition_registry.all_definitions
        stored = restored if stored.empty? && @last
        return own if stored.empty? && @last.nil?

        @last = stored
      rescue StandardError => e
        fallback = @last ? 'the last ones stay in force' : 'going by the local ones'
        log(:error, "cannot read the definitions, #{fallback}: #{e.message}")
        @failed = true
        @last || own
      end

      def restored
        lost = @last.select { |definition| @registry.registered?(definition[:key]) }
        return [] if lost.empty?

        log(:warn, "the definitions are gone from the store: writing back #{lost.size}")
        lost.map do |definition|
          Kaal.definition_registry.upsert_definition(**definition.slice(:key, :cron, :enabled, :source, :metadata))
        end
      end

      def own
        @registry.all.map { |entry| { key: entry.key.to_s, cron: entry.cron.to_s, enabled: true } }
      end

      def find(key)
        @definitions.find { |definition| definition[:key] == key }
      end

      # A job that asks to run at least once does not run where that can't be kept.
      def broken_promise?(key, options)
        return false unless JobOptions.at_least_once?(options)

        @at_least_once = true
        obstacle = Guarantee.obstacle(@configuration)
        log(:error, "job #{key} is left out: guarantee: :at_least_once #{obstacle}") if obstacle && !@warned[key]
        @warned[key] = true if obstacle
        !obstacle.nil?
      end

      def callback?(key)
        return true if @registry.registered?(key)

        log(:warn, "job #{key} is skipped: this process has no callback for it") unless @warned[key]
        @warned[key] = true
        false
      end

      def monotonic
        Process.clock_gettime(Process::CLOCK_MONOTONIC)
      end

      def log(level, message)
        @configuration.logger&.public_send(level, "[Kaal] #{message}")
      end
    end
    private_constant :JobSource
  end
end
