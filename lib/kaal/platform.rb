# frozen_string_literal: true

# Does not load where it cannot run.
module Kaal
  # Which Rubies kaal-rs runs on. Asked before anything is built (extconf.rb) and before anything is loaded.
  #
  # @api private
  module Platform
    class << self
      # @return [String, nil] why kaal-rs cannot run here, and what to do; nil: it can
      def refusal
        if RUBY_ENGINE != 'ruby'
          "kaal-rs runs on CRuby (MRI) only, and this is #{RUBY_ENGINE}: its core is a native extension. " \
            'Run the scheduler in a process on CRuby 3.1 or later.'
        elsif RUBY_PLATFORM.match?(/mswin|mingw|cygwin/)
          "kaal-rs does not run on Windows, and this Ruby is for #{RUBY_PLATFORM}. " \
            'Use WSL 2 (https://learn.microsoft.com/windows/wsl) or a container with Linux.'
        end
      end

      # @raise [LoadError] where kaal-rs cannot run
      def check
        reason = refusal
        raise LoadError, reason if reason
      end
    end
  end
  private_constant :Platform
  Platform.check
end
