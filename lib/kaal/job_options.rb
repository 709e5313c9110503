# frozen_string_literal: true

module Kaal
  # What a job can say beside key, cron and callback. Kept in the definition's metadata under
  # `kaal_rs`, so that every node goes by it; the other keys are the app's.
  #
  # - `dst`: `{ gap: :skip | :shift, overlap: :both | :first | :last }`, what a daylight-saving change
  #   does to the job; else the configuration's.
  # - `splay`: up to so many seconds after its fire time the job starts: a delay that its key
  #   decides, the same on every node. The fire time stays what it is.
  module JobOptions
    NAMES = %i[dst splay].freeze
    METADATA_KEY = 'kaal_rs'
    # A day: what is later than that is another fire time.
    LONGEST_SPLAY = 86_400
    private_constant :METADATA_KEY, :LONGEST_SPLAY

    module_function

    # The options as they are stored: with strings as keys.
    #
    # @param options [Hash{Symbol => Object}] nil stands for the default
    # @raise [ArgumentError] what is wrong, and what is allowed
    def to_metadata(options)
      unknown = options.keys - NAMES
      unless unknown.empty?
        raise ArgumentError, "unknown option#{'s' if unknown.size > 1} #{unknown.join(', ')}, " \
                             "expected #{NAMES.join(', ')}"
      end

      Native.check_dst(options[:dst])
      check_splay(options[:splay])
      { 'dst' => options[:dst]&.to_h { |name, value| [name.to_s, value.to_s] }, 'splay' => options[:splay] }.compact
    end

    # The metadata of a definition with these options in place of those that it had.
    def merge(metadata, options)
      rest = (metadata || {}).reject { |name, _value| name.to_s == METADATA_KEY }
      options.empty? ? rest : rest.merge(METADATA_KEY => options)
    end

    # What a job's definition says, as the timeline takes it; what cannot be read is not there.
    #
    # @return [Array(Hash or nil, Integer)] dst and splay
    def read(definition)
      metadata = definition[:metadata]
      options = metadata.is_a?(Hash) ? metadata[METADATA_KEY] || metadata[METADATA_KEY.to_sym] : nil
      return [nil, 0] unless options.is_a?(Hash)

      stored = to_metadata(options.transform_keys(&:to_sym).slice(*NAMES))
      [stored['dst'], stored['splay'] || 0]
    rescue ArgumentError
      [nil, 0]
    end

    def check_splay(splay)
      return if splay.nil? || (splay.is_a?(Integer) && splay.between?(0, LONGEST_SPLAY))

      raise ArgumentError, "splay must be a whole number of seconds from 0 to #{LONGEST_SPLAY}, is #{splay.inspect}"
    end
    private_class_method :check_splay
  end
  private_constant :JobOptions
end
