# frozen_string_literal: true

require 'json'
require 'open3'

# What deny.toml says of the crates, and what cargo says of them: for machines without cargo-deny.
class CrateRules
  ROOT = File.expand_path('../..', __dir__)
  REGISTRY = 'registry+https://github.com/rust-lang/crates.io-index'

  def initialize(text = File.read(File.join(ROOT, 'deny.toml')))
    @text = text.gsub(/^\s*#.*$/, '')
  end

  # @return [Array<String>] crates with a licence that is not allowed
  def unlicensed
    crates.reject { |crate| allowed?(crate['license'].to_s) }.map { |crate| "#{name(crate)}: #{crate['license']}" }
  end

  # @return [Array<String>] all but the newest of the crates that are there more than once
  def duplicates
    versions = crates.group_by { |crate| crate['name'] }.values
    versions.flat_map { |same| same.sort_by { |crate| Gem::Version.new(crate['version']) }[0...-1] }.map { |crate| name(crate) }.sort
  end

  # @return [Array<String>] those that may be there more than once
  def skipped
    @text.scan(/crate = "([^"]+)", reason = "[^"]+"/).flatten.sort
  end

  # @return [Array<String>] crates from elsewhere
  def foreign
    crates.reject { |crate| crate['source'] == REGISTRY }.map { |crate| name(crate) }
  end

  # An expression of SPDX, or what there was before.
  def allowed?(expression)
    !expression.empty? && expression.gsub(%r{\s*/\s*}, ' OR ').delete('()').split(' AND ').all? do |part|
      part.split(' OR ').any? { |licence| licences.include?(licence.sub(/ WITH .*/, '').strip) }
    end
  end

  private

  def licences
    @licences ||= @text[/^allow = \[(.*?)\]/m, 1].scan(/"([^"]+)"/).flatten
  end

  def targets
    @text[/^targets = \[(.*?)\]/m, 1].scan(/"([^"]+)"/).flatten
  end

  # What is not ours, on any platform.
  def crates
    @crates ||= targets.flat_map { |target| resolved(target) }.uniq { |crate| crate['id'] }.reject { |crate| crate['source'].nil? }
  end

  def resolved(target)
    output, errors, status = Open3.capture3('cargo', 'metadata', '--format-version', '1', '--locked', '--all-features',
                                            '--filter-platform', target, chdir: ROOT)
    raise errors unless status.success?

    metadata = JSON.parse(output)
    ids = metadata['resolve']['nodes'].map { |node| node['id'] }
    metadata['packages'].select { |crate| ids.include?(crate['id']) }
  end

  def name(crate)
    "#{crate['name']}@#{crate['version']}"
  end
end
