# frozen_string_literal: true

module Kaal
  class Doctor
    # The libraries of the app that kaal-rs calls, where it does: they must be new enough.
    class Libraries
      OLDEST_REDIS = Gem::Version.new('4.8')
      OLDEST_SQLITE = Gem::Version.new('3.38')
      private_constant :OLDEST_REDIS, :OLDEST_SQLITE

      def initialize(configuration)
        @backend = configuration.backend
      end

      # @return [Array<Finding>]
      def findings
        [redis, sqlite].compact
      end

      private

      def redis
        return unless @backend.is_a?(Backend::RedisAdapter) && defined?(::Redis::VERSION)

        too_old('the gem redis', ::Redis::VERSION, OLDEST_REDIS, 'update it')
      end

      # A file of its own is read by a SQLite of its own.
      def sqlite
        return unless @backend.is_a?(Backend::SQLiteAdapter) && @backend.path.nil?
        return unless defined?(::SQLite3::SQLITE_VERSION)

        too_old('the SQLite of the gem sqlite3', ::SQLite3::SQLITE_VERSION, OLDEST_SQLITE,
                'update the gem sqlite3, or the system\'s SQLite')
      end

      def too_old(what, version, oldest, cure)
        return if Gem::Version.new(version) >= oldest

        Finding.new('version', "#{what} is #{version}, older than #{oldest}", cure)
      end
    end
    private_constant :Libraries
  end
end
