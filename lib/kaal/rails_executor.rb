# frozen_string_literal: true

module Kaal
  # Callbacks in a Rails app: each is called as a unit of the app's work, as a request is, and so is the
  # scheduler file loaded. When it ends, connections go back to their pool and CurrentAttributes are reset.
  module RailsExecutor
    class << self
      # What configurations have for their `callback_wrapper`.
      #
      # @return [#call, nil] nil: no app
      attr_reader :wrapper

      # Has callbacks called within the app's executor; where classes are reloaded, within its reloader.
      #
      # @param app [Rails::Application]
      def install(app)
        @wrapper = ->(&callback) { wrap(app, &callback) }
        Kaal.configuration.callback_wrapper = @wrapper
      end

      private

      # An error passes by the executor, which from Rails 7.0 on would report it, without saying of which job:
      # {Report} does.
      def wrap(app)
        error = nil
        (app.config.cache_classes ? app.executor : app.reloader).wrap do
          yield
        rescue StandardError => e
          error = e
        end
        raise error if error
      end
    end
  end
  private_constant :RailsExecutor
end
