# frozen_string_literal: true

require_relative 'kaal'
# Also where `kaal` was required before Rails was.
require_relative 'kaal/railtie' if defined?(Rails::Railtie)
