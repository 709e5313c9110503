# frozen_string_literal: true

module Kaal
  module RSpec
    # How the messages of matchers say things.
    module Wording
      module_function

      # `2026-03-01 09:00:00 UTC`, with a fraction where there is one.
      def time(time)
        Time.at(time.to_r).utc.inspect
      end

      def times(number)
        number == 1 ? '1 time' : "#{number} times"
      end

      # The names, or that there are none.
      def list(names, none)
        names.empty? ? none : names.join(', ')
      end
    end
    private_constant :Wording
  end
end
