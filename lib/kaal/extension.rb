# frozen_string_literal: true

require 'rbconfig'

# Has a compiled core, or says where to get one.
module Kaal
  # Loads the compiled core. The gem for a platform has one for each minor version of Ruby, in a folder of
  # that name; where `gem install` or `rake compile` has built it, there is one.
  #
  # @api private
  module Extension
    class << self
      # @raise [LoadError] when there is none for this Ruby
      def load
        require precompiled? ? precompiled : built
      rescue LoadError => e
        raise unless e.path == built

        raise LoadError, "kaal-rs has no compiled core for Ruby #{minor} here. Install the gem that compiles it: " \
                         'gem install kaal-rs --platform ruby; with Bundler: bundle config set force_ruby_platform ' \
                         'true, then bundle install. In a clone of the source: rake compile.'
      end

      private

      def built
        'kaal/kaal_rs'
      end

      def precompiled
        "kaal/#{minor}/kaal_rs"
      end

      def precompiled?
        File.exist?(File.expand_path("../#{precompiled}.#{RbConfig::CONFIG['DLEXT']}", __dir__))
      end

      def minor
        RUBY_VERSION[/\A\d+\.\d+/]
      end
    end
  end
  private_constant :Extension
  Extension.load
end
