# frozen_string_literal: true

require_relative 'definitions'

module Kaal
  class Coordinator
    # Which jobs run, and what they say of themselves: the enabled definitions that this process has a
    # callback for.
    class JobSource
      NONE = {}.freeze
      private_constant :NONE

      # @param remembering [Boolean] whether the last runs of intervals that the store keeps are heeded
      def initialize(configuration, registry, remembering: true)
        @configuration = configuration
        @registry = registry
        @remembering = remembering
        @definitions = Definitions.new(configuration, registry)
        @warned = {}
        @options = {}
        @remembered = {}
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

      # As {#call}, when what only a full read gives is a minute old.
      #
      # @return [Array, nil] nil: it is younger
      def reread
        jobs if @definitions.reread
      end

      # @return [Array<Array>] what the timeline takes: key, cron expression, policy for daylight-saving
      #   changes, splay in seconds, which missed runs run, within how many seconds, the start of an interval
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

      # Whether the store is to be asked whether a run of the job comes after its last one.
      def remembered?(key)
        @remembered.key?(key)
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
        @definitions.to_a.to_h { |definition| [definition[:key], JobSchedule.since(definition)] }
      end

      private

      # Callbacks on other threads ask for the options meanwhile.
      def jobs
        all_options = {}
        remembered = {}
        @at_least_once = false
        jobs = @definitions.to_a.filter_map do |definition|
          key = definition[:key]
          next unless definition[:enabled] && callback?(key)

          options = JobOptions.read(definition)
          next if broken_promise?(key, options)

          all_options[key] = options unless options.empty?
          row(definition, options).tap { |row| remembered[key] = true if row.last&.last }
        end
        @options = all_options
        @remembered = remembered
        jobs
      end

      # What the timeline takes, see {#call}.
      def row(definition, options)
        cron = definition[:cron]
        interval = Interval.one?(cron)
        [definition[:key], interval ? cron : expression(cron, options['zone']), options['dst'], options['splay'] || 0,
         missed(interval, options), options['missed_within'], (start(definition, options) if interval)]
      end

      # @return [Array(Integer, Integer, Boolean)] since when an interval runs, its anchor, whether the store keeps the
      #   last run
      def start(definition, options)
        since, anchor = Interval.start(definition, options)
        kept = @remembering && since.positive? && missed(true, options) == Interval::MISSED
        [since, anchor, kept && intervals?]
      end

      def missed(interval, options)
        options['missed'] || (interval ? Interval::MISSED : 'all')
      end

      def intervals?
        backend = @configuration.backend
        backend.respond_to?(:intervals) && !backend.intervals.nil?
      end

      # A zone that a cron expression names itself comes first. What is no expression the timeline reports.
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
        left_out(key, "guarantee: :at_least_once #{obstacle}") if obstacle
        !obstacle.nil?
      end

      def left_out(key, reason)
        Report.error(@configuration, "job #{key} is left out", ConfigurationError.new(reason)) unless @warned[key]
        @warned[key] = true
      end

      def callback?(key)
        return true if @registry.registered?(key)

        skipped = "[Kaal] job #{key} is skipped: this process has no callback for it"
        @configuration.logger&.warn(skipped) unless @warned[key]
        @warned[key] = true
        false
      end
    end
    private_constant :JobSource
  end
end
