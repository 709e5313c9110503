# frozen_string_literal: true

# The links between README and docs.
RSpec.describe 'The links of the documentation' do
  root = File.expand_path('../..', __dir__)

  # As hosts of git make them of headings.
  define_method(:anchors) do |file|
    headings = File.read(File.join(root, file)).gsub(/^```.*?^```$/m, '').scan(/^#+ +(.+)$/).flatten
    headings.map { |heading| heading.downcase.gsub(/[^\p{Alnum} _-]/, '').tr(' ', '-') }
  end

  def broken?(from, link)
    path, anchor = link.split('#', 2)
    file = path.empty? ? from : File.join(File.dirname(from), path).delete_prefix('./').gsub(%r{[^/]+/\.\./}, '')
    return true unless File.exist?(File.expand_path("../../#{file}", __dir__))

    !anchor.nil? && !anchors(file).include?(anchor)
  end

  it 'lead to files and headings that there are' do
    broken = Dir.glob('{README.md,docs/*.md}', base: root).flat_map do |file|
      links = File.read(File.join(root, file)).scan(/\]\(([^)\s]+)\)/).flatten.grep_v(/\A[a-z]+:/)
      links.select { |link| broken?(file, link) }.map { |link| "#{file}: #{link}" }
    end
    expect(broken).to eq([])
  end

  it 'lead from the README to every page' do
    linked = File.read(File.join(root, 'README.md')).scan(%r{\]\((docs/[^)#]+)}).flatten.uniq
    expect(linked).to match_array(Dir.glob('docs/*.md', base: root))
  end
end
