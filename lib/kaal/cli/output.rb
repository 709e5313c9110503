# frozen_string_literal: true

module Kaal
  module CLI
    # What commands report, as text or as JSON.
    class Output
      # @param json [Boolean]
      def initialize(json)
        @json = json
      end

      # Prints one or the other.
      #
      # @param data [Object] for JSON
      # @yieldreturn [Array<String>, String] lines of text
      def report(data)
        lines = @json ? JSON.pretty_generate(self.class.plain(data)) : yield
        $stdout.puts(lines) unless lines.empty?
      end

      # Yields; what jobs print meanwhile is no part of a report in JSON.
      def apart
        printed = $stdout
        $stdout = $stderr if @json
        yield
      ensure
        $stdout = printed
      end

      class << self
        # Rows in columns, each as wide as its widest text.
        #
        # @param rows [Array<Array<String>>]
        # @return [Array<String>]
        def table(rows)
          widths = rows.transpose.map { |column| column.map(&:length).max }
          rows.map { |row| row.zip(widths).map { |text, width| text.ljust(width) }.join('  ').rstrip }
        end

        # In UTC; nil: a dash.
        def time(time)
          time ? time.utc.iso8601 : '-'
        end

        # Without what JSON has not: times are texts.
        def plain(data)
          case data
          when Hash then data.transform_values { |value| plain(value) }
          when Array then data.map { |value| plain(value) }
          when Time then data.utc.iso8601
          when Struct then plain(data.to_h)
          else data
          end
        end
      end
    end
    private_constant :Output
  end
end
