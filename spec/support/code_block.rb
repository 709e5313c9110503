# frozen_string_literal: true

require 'strscan'

# A fenced block of a document. Comments right above it, which readers do not see, say how it is run:
#
#   <!-- setup: CODE -->        is run first: Ruby, for a block of shell shell
#   <!-- check: CODE -->        is run afterwards, likewise; an exception is a failure
#   <!-- wrap: CODE -->         Ruby in which the block takes the place of BLOCK
#   <!-- file: NAME -->         the block is that file, there for this and the later blocks of the document
#   <!-- continues -->          goes on in the process of the block before
#   <!-- output -->             is what the block before prints; … stands for anything
#   <!-- run by: FILE: NAME --> a spec runs it, which finds it by that name; without one it does the same
#   <!-- not run: REASON -->
#
# What a statement of Ruby gives or raises a comment at its end says: see ExampleProcess.
class CodeBlock
  ROOT = File.expand_path('../..', __dir__)
  NOTES = ['setup', 'check', 'wrap', 'file', 'continues', 'output', 'run by', 'not run'].freeze
  NOTE = /<!-- *([a-z ]+?)(?::\s*(.*?))?\s*-->\n/m
  FENCE = /```(\w*)\n(.*?)^```\n/m
  # Languages whose blocks are run; those of others show something, or a check looks at them.
  RUN = %w[ruby sh yaml].freeze

  class << self
    # @param file [String] a Markdown file of the project
    # @return [Array<CodeBlock>] in their order
    def of(file)
      blocks = []
      notes = {}
      scanner = StringScanner.new(read(file))
      until scanner.eos?
        line = scanner.string.byteslice(0, scanner.pos).count("\n") + 1
        if scanner.scan(NOTE)
          notes[scanner[1]] = scanner[2].to_s
        elsif scanner.scan(FENCE)
          blocks << new(file, line, scanner[1], scanner[2], notes, blocks.dup)
          notes = {}
        else
          notes = {} unless scanner.scan(/.*\n?/) == "\n"
        end
      end
      blocks
    end

    # The text of the block that a spec is to run.
    def named(file, name)
      of(file).find { |block| block.notes['run by'].to_s.end_with?(": #{name}") }.text
    end

    # Whether there is a block that four spaces make.
    def indented?(file)
      read(file).gsub(/^#{FENCE}/, '').match?(/\n\n {4,}\S/)
    end

    private

    def read(file)
      File.read(File.join(ROOT, file))
    end
  end

  attr_reader :file, :line, :language, :text, :notes, :before

  # @param before [Array<CodeBlock>] those above it
  def initialize(file, line, language, text, notes, before) # rubocop:disable Metrics/ParameterLists
    @file = file
    @line = line
    @language = language
    @text = text
    @notes = notes
    @before = before
  end

  def place
    "#{file}:#{line}"
  end

  # What of it is run, within what it is wrapped in.
  def code
    return unless %w[ruby sh].include?(language)

    notes.key?('wrap') ? notes['wrap'].sub('BLOCK') { text } : text
  end

  # Whether there is something to run or to compare.
  def example?
    notes.key?('output') || !(language == 'text' || notes.key?('not run') || notes.key?('run by'))
  end

  # What is wrong with how it is to be run; nil: nothing.
  def mistake
    unknown = notes.keys - NOTES
    return "#{place}: unknown comments #{unknown}" if unknown.any?
    return "#{place}: say its language" if language.empty?
    return "#{place}: there is no spec #{spec}" if spec && !File.exist?(File.join(ROOT, spec))

    "#{place}: nothing is run or checked" if example? && !looked_at?
  end

  # The blocks whose code comes first in its process.
  def earlier
    return [] unless notes.key?('continues')

    [*before.last.earlier, before.last]
  end

  # Of this and the blocks above, name => text.
  def files
    [*before, self].select { |block| block.notes['file'] }.to_h { |block| [block.notes['file'], block.text] }
  end

  private

  def spec
    notes['run by']&.split(': ')&.first
  end

  def looked_at?
    RUN.include?(language) || notes.key?('check') || notes.key?('output')
  end
end
