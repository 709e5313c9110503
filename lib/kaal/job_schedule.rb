# frozen_string_literal: true

module Kaal
  # When a job runs, by its definition: its expression in its zone, under its policy for daylight-saving
  # changes; its interval from its start.
  module JobSchedule
    # @param definition [Hash] as a {Definition::Registry} gives it
    # @param configuration [Configuration] whose zone and policy count where the job has none
    # @return [Cron]
    # @raise [CronError] when what is stored is no expression, or names no zone
    def self.of(definition, configuration = Kaal.configuration)
      options = JobOptions.read(definition)
      since, anchor = Interval.start(definition, options).map { |time| time && Time.at(time) }
      Cron.parse(definition[:cron], zone: options['zone'] || configuration.effective_time_zone,
                                    dst: options['dst'] || configuration.dst, since: since, anchor: anchor)
    end

    # Since when a job is as its definition says: its creation, its last change of expression or its last
    # enabling.
    #
    # @return [Integer] unix seconds; 0: nobody knows
    def self.since(definition)
      created = definition[:created_at].to_i
      changed = definition.dig(:metadata, 'kaal_rs', 'since')
      [created, changed ? Time.iso8601(changed).to_i : 0].max
    rescue ArgumentError, TypeError
      created
    end

    # The fire times before `time`, latest first.
    #
    # @return [Enumerator::Lazy<Time>]
    def self.before(cron, time)
      Enumerator.produce(cron.previous_time(time)) { |last| cron.previous_time(last) }.lazy.take_while(&:itself)
    end
  end
  private_constant :JobSchedule
end
