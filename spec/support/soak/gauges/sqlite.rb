# frozen_string_literal: true

require 'fileutils'
require 'soak/gauges/tables'
require 'sqlite3'

module Soak
  module Gauges
    # A SQLite file in a folder of its own.
    class Sqlite
      def initialize(folder)
        @folder = folder
      end

      def address
        File.join(@folder, 'kaal.sqlite3')
      end

      # @param pid [Integer] whose connections are counted, by the files that it has open
      # @return [Hash{String => Integer}]
      def to_h(pid)
        files = Dir.children("/proc/#{pid}/fd").count { |fd| file(pid, fd) == address }
        { 'connections' => files, **Tables.rows { |statement| database.execute(statement) } }
      end

      def finish
        @database&.close
        FileUtils.rm_rf(@folder)
      end

      private

      def file(pid, number)
        File.readlink("/proc/#{pid}/fd/#{number}")
      rescue Errno::ENOENT
        nil # it was closed meanwhile
      end

      def database
        @database ||= SQLite3::Database.new(address, readonly: true).tap { |database| database.busy_timeout(10_000) }
      end
    end
  end
end
