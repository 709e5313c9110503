# frozen_string_literal: true

require 'rspec/core'
require 'kaal'
require_relative 'rspec/helpers'
require_relative 'rspec/isolation'

module Kaal
  # For specs: `require 'kaal/rspec'`. Every example then has a memory backend, with definitions and
  # dispatches of its own, the jobs of the app, and what is in {Helpers}.
  module RSpec
    ::RSpec.configure do |config|
      config.include Helpers
      config.around { |example| Isolation.around { example.run } }
      config.after { travel_back if @kaal_travelled }
    end
  end
end
