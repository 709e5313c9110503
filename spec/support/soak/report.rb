# frozen_string_literal: true

module Soak
  # Prints what came of it: a table in Markdown a backend, and what grew.
  class Report
    def initialize(out)
      @out = out
    end

    def begin(run)
      windows = run.windows
      @out.puts "#{run.backends.join(', ')}: #{(windows.seconds / 60.0).round(1)} minutes, of which the first " \
                "#{windows.warm_up} s are warm-up; the #{windows.length} s after it next to the last #{windows.length} s"
    end

    # @return [Boolean] whether it stayed flat
    def print(result)
      @out.puts "\n## #{result.backend}: #{result.counts.map { |what, count| "#{count} #{what}" }.join(', ')}",
                '', '| | first | last | most | growth | allowed | |', '|---|---|---|---|---|---|---|'
      result.trends.each { |trend| @out.puts row(trend) }
      grown = result.trends.reject(&:flat?)
      grown.map! { |trend| "#{trend.name} grew by #{shown(trend.growth)}" }
      @out.puts '', "#{result.backend}: #{grown.join(', ')}" if grown.any?
      grown.empty?
    end

    private

    def row(trend)
      figures = [trend.before, trend.after, trend.most, trend.growth, trend.allowed].map { |figure| shown(figure) }
      "| #{[trend.name, *figures, trend.flat? ? 'flat' : 'GROWS'].join(' | ')} |"
    end

    def shown(figure)
      figure.is_a?(Float) ? format('%.1f', figure) : figure.to_s
    end
  end
end
