# frozen_string_literal: true

module Kaal
  class Doctor
    # Whether the database server is new enough.
    class ServerVersion
      # From 14 on PostgreSQL ends the session of a machine that has vanished.
      OLDEST = { 'PostgreSQL' => '14', 'MariaDB' => '10.6', 'MySQL' => '8.0' }.freeze

      def initialize(configuration)
        @backend = configuration.backend
      end

      # @return [Array<Finding>]
      # @raise [Driver::Unavailable]
      def findings
        return [] unless statement

        text = Driver.rows(@backend, 'version of the server', statement).dig(0, 0)
        product = product(text)
        oldest = OLDEST.fetch(product)
        return [] if Gem::Version.new(text[/\d+(?:\.\d+)*/]) >= Gem::Version.new(oldest)

        [Finding.new('version', "#{product} is #{text}, older than #{oldest}", "update it to #{oldest} or later")]
      end

      private

      def statement
        case @backend
        when Backend::PostgresAdapter then 'SHOW server_version'
        when Backend::MySQLAdapter then 'SELECT VERSION()'
        end
      end

      def product(text)
        return 'PostgreSQL' if @backend.is_a?(Backend::PostgresAdapter)

        text.include?('MariaDB') ? 'MariaDB' : 'MySQL'
      end
    end
    private_constant :ServerVersion
  end
end
