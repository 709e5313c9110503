# frozen_string_literal: true

module Kaal
  # Of the gem and of its crates.
  VERSION = '0.1.0'
end
