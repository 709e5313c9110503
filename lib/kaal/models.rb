# frozen_string_literal: true

module Kaal
  # The ActiveRecord models on Kaal's tables, loaded when they are first named, if ActiveRecord is there:
  # {CronLock}, {CronDispatch} and {CronDefinition}.
  module Models
    FILES = { CronLock: 'cron_lock', CronDispatch: 'cron_dispatch', CronDefinition: 'cron_definition' }.freeze
    private_constant :FILES

    # What the models inherit from: the app's own, as far as it is there.
    def self.parent
      record = ::ApplicationRecord if defined?(::ApplicationRecord)
      record.is_a?(Class) && record < ::ActiveRecord::Base && record.abstract_class? ? record : ::ActiveRecord::Base
    end

    private

    def const_missing(name)
      return super unless FILES.key?(name) && defined?(::ActiveRecord::Base)

      require_relative "models/#{FILES.fetch(name)}"
      const_get(name)
    end
  end
  private_constant :Models
end
