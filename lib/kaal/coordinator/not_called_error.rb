# frozen_string_literal: true

module Kaal
  class Coordinator
    # What wraps callbacks has returned, and nothing was called.
    class NotCalledError < StandardError
      def initialize(message = 'config.callback_wrapper has not called its block, without which nothing runs')
        super
      end
    end
    private_constant :NotCalledError
  end
end
