# frozen_string_literal: true

module Kaal
  module RakeTasks
    # The screen of `kaal:start`: lines, at once, also into a pipe.
    module Lines
      module_function

      def say(line)
        $stdout.puts(line)
        $stdout.flush
      end

      # Nothing on it changes.
      def refresh; end
    end
    private_constant :Lines
  end
end
