# frozen_string_literal: true

require 'json'
require 'open3'
require_relative 'crate'

# The licences of the crates that are compiled into the extension, on any platform that there are gems for.
class Notice
  TARGETS = %w[
    x86_64-unknown-linux-gnu x86_64-unknown-linux-musl aarch64-unknown-linux-gnu aarch64-unknown-linux-musl
    x86_64-apple-darwin aarch64-apple-darwin
  ].freeze
  HEAD = <<~TEXT
    kaal-rs is under the licence in the file LICENSE. Gems for a platform contain, in compiled form, the crates
    below. `rake notice` makes this file of what cargo knows of them.
  TEXT
  RULE = "\n#{'-' * 80}\n\n".freeze

  # @return [String] the file's contents
  def text
    [head, *texts].join(RULE)
  end

  # @return [Array<Crate>] by name and version
  def crates
    @crates ||= TARGETS.flat_map { |target| compiled_in(metadata(target)) }.uniq { |package| package['id'] }
                       .map { |package| Crate.new(package) }.sort_by { |crate| [crate.name, crate.version] }
  end

  private

  def head
    "#{HEAD}\n#{crates.map { |crate| "  #{crate}\n" }.join}"
  end

  # Each text once, under the names of the crates that come with it.
  def texts
    crates.flat_map { |crate| crate.texts.map { |text| [text, crate] } }.group_by(&:first).map do |text, pairs|
      "#{names(pairs.map(&:last))}\n\n#{text}\n"
    end
  end

  def names(crates)
    crates.map { |crate| "#{crate.name} #{crate.version}" }.join(', ')
  end

  def metadata(target)
    output, errors, status = Open3.capture3('cargo', 'metadata', '--format-version', '1', '--locked',
                                            '--filter-platform', target)
    raise errors unless status.success?

    JSON.parse(output)
  end

  # What kaal_rs depends on, but for what only building and testing need, and our own.
  def compiled_in(metadata)
    packages = metadata['packages'].to_h { |package| [package['id'], package] }
    nodes = metadata['resolve']['nodes'].to_h { |node| [node['id'], node] }
    found = [packages.values.find { |package| package['name'] == 'kaal_rs' }['id']]
    found.each { |id| found.concat(needed(nodes.fetch(id), packages) - found) }
    found.map { |id| packages.fetch(id) }.select { |package| package['source'] }
  end

  def needed(node, packages)
    node['deps'].select { |dep| dep['dep_kinds'].any? { |kind| kind['kind'].nil? } }.map { |dep| dep['pkg'] }
                .reject { |id| macro?(packages.fetch(id)) }
  end

  # Runs in the compiler.
  def macro?(package)
    package['targets'].any? { |target| target['kind'].include?('proc-macro') }
  end
end
