# frozen_string_literal: true

module Kaal
  class Configuration
    # Who is told of errors beside the log.
    module ErrorHooks
      NONE = [].freeze
      private_constant :NONE

      # Adds a hook that is called with each error of the scheduler, on the thread where it happens. One that
      # raises is logged and ends nothing.
      #
      #   config.on_error { |error, context| Tracker.notify(error, context) }
      #
      # @param hook [Proc]
      # @yieldparam error [Exception]
      # @yieldparam context [Hash] `message`: what failed; where a callback raised, also `key`, `fire_time`
      #   (UTC Time) and `attempt` (from 1)
      # @return [void]
      # @raise [ArgumentError] without a block
      def on_error(&hook)
        raise ArgumentError, 'a block is required: config.on_error { |error, context| … }' unless hook

        @error_hooks = [*error_hooks, hook].freeze
        nil
      end

      # Puts one hook in the place of all.
      #
      # @param hook [#call, nil] nil: no hooks any more
      # @raise [ArgumentError] when it is neither
      def on_error=(hook)
        unless hook.nil? || hook.respond_to?(:call)
          raise ArgumentError, "on_error must be callable with error and context, or nil, is #{hook.inspect}"
        end

        @error_hooks = hook ? [hook].freeze : NONE
      end

      # @api private
      # @return [Array<#call>]
      def error_hooks
        @error_hooks || NONE
      end
    end
    private_constant :ErrorHooks
  end
end
