# frozen_string_literal: true

require_relative 'kinds'

module Kaal
  class ConfigurationFile
    # A setting, and what says it: a variable, or a file and a key of it.
    Setting = Struct.new(:name, :value, :origin) do
      # @param origin [String] for messages
      # @raise [ConfigurationError] when the value is none of its kind
      def self.read(name, value, origin)
        new(name, Kinds.public_send(Kinds::OF.fetch(name), value), origin)
      rescue ArgumentError => e
        raise ConfigurationError, "#{origin} must be #{e.message}"
      end
    end
    private_constant :Setting
  end
end
