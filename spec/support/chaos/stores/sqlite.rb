# frozen_string_literal: true

require 'fileutils'
require 'tmpdir'

module Chaos
  module Stores
    # A SQLite file, which has no server to harm.
    class Sqlite < Store
      BACKENDS = %w[sqlite].freeze

      # @return [String] where the file lies
      attr_reader :folder

      def initialize(backend)
        super
        @folder = Dir.mktmpdir('kaal-chaos')
      end

      def url = File.join(folder, 'kaal.sqlite3')

      def finish = FileUtils.rm_rf(folder)
    end
  end
end
