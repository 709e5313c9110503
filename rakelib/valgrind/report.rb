# frozen_string_literal: true

require 'rexml/document'

# What valgrind wrote of one process.
class ValgrindReport
  # How the extension is called in lib/.
  OURS = %r{/kaal_rs\.[^/]+\z}
  private_constant :OURS

  # Something that valgrind has seen, once or more, in one place.
  Error = Struct.new(:kind, :what, :frames) do
    # Whether it happened within the extension, or in what that called.
    def ours?
      frames.any? { |_function, object| object.to_s.match?(OURS) }
    end

    def to_s
      lines = frames.map { |function, object| "  #{function || '???'} (#{object})" }
      ["#{kind}: #{what}", *lines].join("\n")
    end
  end

  attr_reader :errors

  # @param file [String] XML
  def initialize(file)
    document = REXML::Document.new(File.read(file))
    @errors = document.get_elements('valgrindoutput/error').map { |error| read(error) }
  end

  private

  def read(error)
    frames = error.get_elements('stack[1]/frame').map { |frame| [text(frame, 'fn'), text(frame, 'obj')] }
    Error.new(text(error, 'kind'), text(error, 'what') || text(error, 'xwhat/text'), frames)
  end

  def text(element, path)
    element.elements[path]&.text
  end
end
