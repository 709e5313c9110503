# frozen_string_literal: true

# Does not load beside the gem kaal.
module Kaal
  # The gems kaal and kaal-rs are loaded by the same names: in one process there can be only one of them.
  class NameConflictError < StandardError; end

  # Looks for the gem kaal in this process.
  module NameConflict
    MESSAGE = 'The gems kaal and kaal-rs both define the module Kaal, and kaal-rs stands in for kaal. ' \
              "Remove `gem 'kaal'` from the Gemfile, run `bundle install`, and keep `gem 'kaal-rs'`."
    private_constant :MESSAGE

    class << self
      # @raise [NameConflictError] when it is activated, loaded, or would be found by `require`
      def refuse
        place = activated || loaded || on_load_path
        raise NameConflictError, "#{MESSAGE} The gem kaal is at #{place}." if place
      end

      private

      # By `gem 'kaal'`, `require`, or Bundler: also when nothing of it has been loaded.
      def activated
        defined?(::Gem) && ::Gem.loaded_specs['kaal']&.full_gem_path
      end

      def loaded
        file, = Kaal.const_source_location(:VERSION) if Kaal.const_defined?(:VERSION, false)
        file if file && !ours?(file)
      end

      # Also where RubyGems knows nothing of it.
      def on_load_path
        files = $LOAD_PATH.map { |folder| File.join(folder.to_s, 'kaal', 'version.rb') }
        files.find { |file| File.file?(file) && !ours?(file) }
      end

      # Another copy of kaal-rs is none of the gem kaal.
      def ours?(version_file)
        File.file?(File.expand_path('../../kaal-rs.rb', version_file))
      end
    end
  end
  private_constant :NameConflict
  NameConflict.refuse
end
