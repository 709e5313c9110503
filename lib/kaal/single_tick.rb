# frozen_string_literal: true

module Kaal
  # A tick that no other follows. What the scheduler would log and try again at its next one is a failure here; a
  # job that fails is none.
  module SingleTick
    # @raise [StandardError] the first of what went wrong, when all is done that could be
    def self.call
      failure = nil
      Kaal.configuration.on_error { |error, context| failure ||= error if context.keys == [:message] }
      Kaal.tick!
      raise failure if failure
    end
  end
  private_constant :SingleTick
end
