# frozen_string_literal: true

module Kaal
  # The keys of jobs: texts in UTF-8, as the stores have them, so that a callback is found by the key
  # of its definition.
  module JobKey
    # @param key [String, Symbol, nil] nil stands for the empty key, which no job has
    # @return [String]
    # @raise [ArgumentError] when it is no text
    def self.of(key)
      return without_nul(key) if key.instance_of?(String) && key.encoding == Encoding::UTF_8 && key.valid_encoding?

      unless key.nil? || key.is_a?(String) || key.is_a?(Symbol)
        raise ArgumentError, "key must be a String or a Symbol, is #{key.inspect}"
      end

      text = key.to_s.encode(Encoding::UTF_8)
      raise ArgumentError, "key must be valid UTF-8, is #{key.inspect}" unless text.valid_encoding?

      without_nul(text)
    rescue EncodingError
      raise ArgumentError, "key must be a text that UTF-8 can hold, is #{key.inspect}"
    end

    # Databases end a text there, or refuse it.
    def self.without_nul(text)
      text.include?("\0") ? raise(ArgumentError, "key cannot hold a NUL, is #{text.inspect}") : text
    end
    private_class_method :without_nul
  end
  private_constant :JobKey
end
