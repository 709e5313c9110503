# frozen_string_literal: true

# Carries out a block of Ruby of the documentation, statement by statement, in a process of its own:
#
#   ruby example_process.rb PLACE LINE   # the code comes by standard input
#
# A comment at the end of a statement, or on the line below it, says what it gives or raises:
#
#   Kaal.simplify('0 0 * * *') # => "@daily"
#   Kaal.simplify('often')     # raises ArgumentError
module ExampleProcess
  GIVES = /# => (.+)$/
  RAISES = /# raises ([\w:]+)/

  class << self
    def run(code, place, line)
      statements(code.lines).each do |text, offset|
        carry_out(text, place, line + offset)
      end
    end

    private

    # With the number of the line that each begins on.
    def statements(lines)
      found = []
      start = 0
      lines.each_index do |index|
        text = lines[start..index].join
        next if text.strip.empty? || !complete?(text) || goes_on?(lines[index + 1])

        found << [text, start]
        start = index + 1
      end
      found << [lines[start..].join, start] unless lines[start..].join.strip.empty?
      found
    end

    def complete?(text)
      !Ripper.sexp(text).nil?
    end

    def goes_on?(line)
      line.to_s.match?(/\A\s*(\.\w|# =>|# raises)/)
    end

    def carry_out(text, place, line)
      value = TOPLEVEL_BINDING.eval(text, place, line)
      raise "#{place}:#{line}: raises nothing" if text.match?(RAISES)

      expected = text[GIVES, 1]
      compare(value.inspect, expected, "#{place}:#{line}") if expected
    rescue StandardError, ScriptError => e
      raise unless text.match?(RAISES) && e.class.to_s == text[RAISES, 1]
    end

    def compare(actual, expected, place)
      pattern = expected.strip.split('…', -1).map { |part| Regexp.escape(part) }.join('.*')
      raise "#{place}: gives #{actual}, not #{expected}" unless actual.match?(/\A#{pattern}\z/m)
    end
  end
end

require 'ripper'
place, line = ARGV.shift(2)
ExampleProcess.run($stdin.read, place, line.to_i)
