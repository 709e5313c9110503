# frozen_string_literal: true

module Kaal
  # The time zone that ENV TZ names. It is read each time, as Ruby does, for the core asks the
  # system only once.
  module EnvironmentZone
    module_function

    def set?
      ENV.key?('TZ')
    end

    # @return [String, nil] nil where it is no name of the time-zone database: a file, or a zone in
    #   the notation of POSIX, which the system reads
    def name
      return 'UTC' if text.empty? # as in the C library

      text if Native.zone_name?(text)
    end

    # @return [String, nil] what is wrong with it
    def error
      return if !set? || name || Native.posix_zone?(text) || (text.start_with?('/') && File.file?(text))

      "ENV TZ: #{text.inspect} names no time zone"
    end

    def text
      ENV.fetch('TZ', '').dup.force_encoding(Encoding::UTF_8).scrub.delete_prefix(':').delete_prefix('posix/')
    end
    private_class_method :text
  end
  private_constant :EnvironmentZone
end
