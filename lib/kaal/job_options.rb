# frozen_string_literal: true

module Kaal
  # What a job can say beside key, cron and callback. Kept in the definition's metadata under
  # `kaal_rs`, so that every node goes by it; the other keys are the app's.
  #
  # - `dst`: `{ gap: :skip | :shift, overlap: :both | :first | :last }`, what a daylight-saving change
  #   does to the job; else the configuration's.
  # - `zone`: the time zone of an expression that names none; else the configuration's.
  # - `anchor`: a Time, or one in ISO 8601, that an interval (`every:`) runs at, and whole intervals later; else
  #   it counts from when the job is defined.
  # - `splay`: up to so many seconds after its fire time the job starts: a delay that its key
  #   decides, the same on every node. The fire time stays what it is.
  # - `missed`: which runs are made up for that were due while nothing ran: `:all`, `:latest`, `:skip`.
  # - `missed_within`: how many seconds after its start a run may still be made up for.
  # - `guarantee`: `:at_most_once`, or `:at_least_once`: a run whose process dies before its callback has
  #   returned is called again by another.
  # - `on_error`: `:fail`, or `:retry`: a callback that raises is called again, with pauses that grow.
  module JobOptions
    NAMES = %i[dst zone splay missed missed_within on_error guarantee anchor].freeze
    METADATA_KEY = 'kaal_rs'
    NONE = {}.freeze
    MISSED = %w[all latest skip].freeze
    ON_ERROR = %w[fail retry].freeze
    GUARANTEES = %w[at_most_once at_least_once].freeze
    # A day: what is later than that is another fire time.
    LONGEST_SPLAY = 86_400
    private_constant :METADATA_KEY, :NONE, :MISSED, :ON_ERROR, :GUARANTEES, :LONGEST_SPLAY

    module_function

    # The options as they are stored: with strings as keys.
    #
    # @param options [Hash{Symbol => Object}] nil stands for the default
    # @raise [ArgumentError] what is wrong, and what is allowed
    def to_metadata(options)
      return NONE if options.empty?

      refuse_unknown(options)
      check_times(options)
      {
        'dst' => options[:dst]&.to_h { |name, value| [name.to_s, value.to_s] }, 'zone' => options[:zone]&.to_s,
        'anchor' => anchor(options[:anchor]), 'splay' => options[:splay],
        'missed' => one_of(:missed, options[:missed], MISSED),
        'missed_within' => options[:missed_within], 'on_error' => one_of(:on_error, options[:on_error], ON_ERROR),
        'guarantee' => one_of(:guarantee, options[:guarantee], GUARANTEES)
      }.compact
    end

    # @param options [Hash{String => Object}] as {#to_metadata} gives them
    def at_least_once?(options)
      options['guarantee'] == 'at_least_once'
    end

    # The metadata of a definition with these options in place of those that it had.
    def merge(metadata, options)
      rest = (metadata || {}).reject { |name, _value| name.to_s == METADATA_KEY }
      options.empty? ? rest : rest.merge(METADATA_KEY => options)
    end

    # What a job's definition says; what cannot be read is not there.
    #
    # @return [Hash{String => Object}] as {#to_metadata}
    def read(definition)
      metadata = definition[:metadata]
      options = metadata.is_a?(Hash) ? metadata[METADATA_KEY] || metadata[METADATA_KEY.to_sym] : nil
      return {} unless options.is_a?(Hash)

      to_metadata(options.transform_keys(&:to_sym).slice(*NAMES))
    rescue ArgumentError
      {}
    end

    def refuse_unknown(options)
      unknown = options.keys - NAMES
      return if unknown.empty?

      raise ArgumentError, "unknown option#{'s' if unknown.size > 1} #{unknown.join(', ')}, " \
                           "expected #{NAMES.join(', ')}"
    end

    def check_times(options)
      Native.check_dst(options[:dst])
      Cron.parse('@daily', zone: options[:zone].to_s) unless options[:zone].nil?
      check_seconds(:splay, options[:splay], LONGEST_SPLAY)
      check_seconds(:missed_within, options[:missed_within])
    end

    # Whole seconds, as fire times are, and of a year that they can have.
    def anchor(time)
      return if time.nil?

      time = Time.iso8601(time) if time.is_a?(String)
      raise TypeError unless time.respond_to?(:to_time) || time.is_a?(Time)

      time = (time.is_a?(Time) ? time : time.to_time).getutc
      raise ArgumentError unless time.year.between?(0, 9_999)

      time.iso8601
    rescue ArgumentError, TypeError
      raise ArgumentError, "anchor must be a Time, or one such as '2026-01-01T03:00:00Z', is #{time.inspect}"
    end

    def check_seconds(name, seconds, longest = nil)
      return if seconds.nil? || (seconds.is_a?(Integer) && seconds >= 0 && (longest.nil? || seconds <= longest))

      raise ArgumentError, "#{name} must be a whole number of seconds from 0#{" to #{longest}" if longest}, " \
                           "is #{seconds.inspect}"
    end

    def one_of(name, value, allowed)
      return value&.to_s if value.nil? || allowed.include?(value.to_s)

      raise ArgumentError, "#{name} must be #{allowed.map { |one| ":#{one}" }.join(', ')}, is #{value.inspect}"
    end

    private_class_method :refuse_unknown, :check_times, :anchor, :check_seconds, :one_of
  end
  private_constant :JobOptions
end
