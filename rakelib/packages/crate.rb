# frozen_string_literal: true

# A crate that is compiled into the extension, and its licence.
class Crate
  FILES = /\A(un)?licen[cs]e|\Acopying|\Acopyright|\Anotice/i

  attr_reader :name, :version

  # @param package [Hash] as `cargo metadata` gives it
  def initialize(package)
    @name, @version, @expression, @repository = package.values_at('name', 'version', 'license', 'repository')
    @folder = File.dirname(package.fetch('manifest_path'))
  end

  # What its terms are, in a line.
  def to_s
    "#{name} #{version}: #{@expression || 'see below'}#{", #{@repository}" if @repository}"
  end

  # @return [Array<String>] the texts that it comes with; where it lets us choose and MIT is a choice, that
  # @raise [RuntimeError] when it comes with none
  def texts
    raise "#{self}: no licence text comes with it; see what its authors say" if files.empty?

    files.map { |file| tidy(File.read(file, encoding: 'UTF-8')) }.uniq
  end

  private

  def files
    paths = Dir.children(@folder).grep(FILES).sort.map { |file| File.join(@folder, file) }
    all = paths.flat_map { |path| File.directory?(path) ? Dir[File.join(path, '*')] : path }
    chosen = @expression.to_s.match?(%r{ OR |/}) && !@expression.include?(' AND ') ? all.grep(/MIT/i) : []
    chosen.empty? ? all : chosen
  end

  def tidy(text)
    text.scrub.delete("\r\uFEFF").lines.map(&:rstrip).join("\n").strip
  end
end
