# frozen_string_literal: true

module Kaal
  # Loads the scheduler file when the app has been initialised.
  class Railtie < ::Rails::Railtie
    config.after_initialize { Kaal.load_scheduler_file! }
  end
end
