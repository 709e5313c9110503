# frozen_string_literal: true

module Kaal
  class Doctor
    # Whether the store answers at all.
    class Connection
      # What a store says of a table that is missing: it does answer.
      MISSING_TABLE = /create_tables!/
      PROXY = /proxy that pools transactions/
      # What SQLite says of a file that it has opened.
      NO_DATABASE = /not a database|malformed/
      private_constant :MISSING_TABLE, :PROXY, :NO_DATABASE

      def initialize(configuration)
        @configuration = configuration
        @backend = configuration.backend
      end

      # @return [Array<Finding>]
      def findings
        @backend.store_time if @backend.respond_to?(:store_time)
        Definitions.registry(@configuration).version
        []
      rescue ConfigurationError => e
        [Finding.new('configuration', e.message,
                     'say so in backend_config of config/kaal.yml, KAAL_BACKEND_URL or Kaal.configure')]
      rescue StandardError => e
        MISSING_TABLE.match?(e.message) ? [] : [finding(e.message)]
      end

      private

      def finding(message)
        Finding.new('connection', "the store does not answer: #{message}", cure(message))
      end

      def cure(message)
        return file_cure(message) if @backend.is_a?(Backend::SQLiteAdapter)
        return Locks::PROXY_CURE if PROXY.match?(message)

        'see to it that the server runs, and that address, name and password are right'
      end

      def file_cure(message)
        return 'name another file, or put it back as it was saved' if NO_DATABASE.match?(message)

        'make the folder of the file, and let this process write there'
      end
    end
    private_constant :Connection
  end
end
