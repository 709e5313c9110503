# frozen_string_literal: true

module Kaal
  module DatabaseSettings
    # From a parsed URL to settings, as ActiveRecord does it: what the query has stands beside the rest.
    module Url
      class << self
        # @param uri [URI]
        # @return [Hash]
        # @raise [URI::InvalidURIError] when a part is not what it seems to be
        def settings(uri)
          return file(uri) if uri.scheme.start_with?('sqlite')
          # The user and half of the password were taken for the host, and the rest for the database.
          raise URI::InvalidURIError if uri.path.include?('@')

          {
            host: decoded(uri.hostname), port: uri.port, username: decoded(uri.user), password: decoded(uri.password),
            database: decoded(uri.path.delete_prefix('/'))
          }.reject { |_name, value| value.nil? || value == '' }.merge(query(uri))
        end

        private

        # `sqlite3:relative/path`, `sqlite3:/path`, `sqlite3:///path`
        def file(uri)
          { database: decoded(uri.opaque || uri.path) }.merge(query(uri))
        end

        def query(uri)
          URI.decode_www_form(uri.query.to_s).to_h.transform_keys(&:to_sym)
        end

        def decoded(text)
          text &&= URI::DEFAULT_PARSER.unescape(text)
          raise URI::InvalidURIError unless text.nil? || text.valid_encoding?

          text
        end
      end
    end
  end
end
