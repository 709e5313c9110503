# frozen_string_literal: true

module Kaal
  module Models
    # `kaal_definitions.metadata`: an object as JSON, in a json column or, as Kaal 0.6 makes it, a text
    # column. Either version may have written a string that holds JSON; anything else is `{}`.
    class Metadata < ::ActiveRecord::Type::Json
      def deserialize(value)
        read = super
        read = super(read) if read.is_a?(String)
        read.is_a?(Hash) ? read : {}
      end

      # Keys are Strings before it is saved, too.
      def cast(value)
        deserialize(value.is_a?(Hash) ? serialize(value) : value)
      end
    end
  end
end
