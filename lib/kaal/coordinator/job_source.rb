# frozen_string_literal: true

require_relative 'definitions'

module Kaal
  class Coordinator
    # Which jobs run, and what they say of themselves: the enabled definitions that this process has a
    # callback for.
    class JobSource
      NONE = {}.freeze
      private_constant :NONE

      def initialize(configuration, registry)
        @configuration = configuration
        @registry = registry
        @definitions = Definitions.new(configuration, registry)
        @warned = {}
        @options = {}
        @at_least_once = false
      end

      # As {#call}, when that may give something new.
      #
      # @param wanted [Boolean] in any case
      # @param failure [Exception, nil] of the store, which then is not asked
      # @return [Array, nil] nil: nothing has changed
      def changes(wanted, failure = nil)
        jobs if @definitions.refresh(wanted, failure)
      end

      # @return [Array<Array>] what the timeline takes: key, cron expression, policy for daylight-saving
      #   changes, splay in seconds, which missed runs run, within how many seconds
      def call
        @definitions.read
        jobs
      end

      # Whether the definitions could not be read the last time.
      def failed?
        @definitions.failed?
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
        definition = @definitions.find(key)
        return false unless definition && definition[:enabled] && @registry.registered?(key)

        !JobOptions.at_least_once?(JobOptions.read(definition)) || Guarantee.obstacle_in_store(@configuration).nil?
      end

      # Whether anybody may have the job; while that is not known, yes.
      def defined?(key)
        failed? || !@definitions.find(key).nil?
      end

      # Of what {#call} has read the last time.
      #
      # @return [Hash{String => Integer}] since when each job is as it is, in unix seconds: its
      #   creation, its last change of expression or its last enabling
      def since
        @definitions.to_a.to_h do |definition|
          changed = definition.dig(:metadata, 'kaal_rs', 'since')
          [definition[:key], [definition[:created_at].to_i, changed ? Time.iso8601(changed).to_i : 0].max]
        rescue ArgumentError, TypeError
          [definition[:key], definition[:created_at].to_i]
        end
      end

      private

      # Callbacks on other threads ask for the options meanwhile.
      def jobs
        all_options = {}
        @at_least_once = false
        jobs = @definitions.to_a.filter_map do |definition|
          key = definition[:key]
          next unless definition[:enabled] && callback?(key)

          options = JobOptions.read(definition)
          next if broken_promise?(key, options)

          all_options[key] = options unless options.empty?
          [key, expression(definition[:cron], options['zone']), options['dst'], options['splay'] || 0,
           options['missed'] || 'all', options['missed_within']]
        end
        @options = all_options
        jobs
      end

      # A zone that the expression names itself comes first. What is no expression the timeline reports.
      def expression(cron, zone)
        zone && !Cron.parse(cron).named_zone ? "#{cron} #{zone}" : cron
      rescue CronError
        cron
      end

      # A job that asks to run at least once does not run where that can't be kept.
      def broken_promise?(key, options)
        return false unless JobOptions.at_least_once?(options)

        obstacle = Guarantee.obstacle_in_store(@configuration)
        @at_least_once = true unless obstacle
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

      def log(level, message)
        @configuration.logger&.public_send(level, "[Kaal] #{message}")
      end
    end
    private_constant :JobSource
  end
end
