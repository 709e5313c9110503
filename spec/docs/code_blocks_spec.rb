# frozen_string_literal: true

require 'code_block'
require 'code_block_runner'
require 'tmpdir'
require 'yaml'

# What README and docs show is run as it stands there, and gives what it says that it gives. How a block is run: see
# CodeBlock.
RSpec.describe 'The code blocks' do
  around { |example| Dir.mktmpdir('kaal-docs') { |folder| @folder = folder and example.run } }

  def run(block)
    CodeBlockRunner.new(@folder).run(block)
  end

  def matching(text)
    /\A#{text.strip.split('…', -1).map { |part| Regexp.escape(part) }.join('.*')}\z/m
  end

  Dir.glob('{README.md,docs/*.md}', base: CodeBlockRunner::ROOT).each do |file|
    blocks = CodeBlock.of(file)

    it "of #{file} are told how to be run" do
      expect(blocks.filter_map(&:mistake)).to eq([])
    end

    blocks.select(&:example?).each do |block|
      if block.notes.key?('output')
        it "#{block.place} is what is printed" do
          expect(run(block.before.last).strip).to match(matching(block.text))
        end
      else
        it "#{block.place} works" do
          YAML.safe_load(block.text) if block.language == 'yaml' && !block.text.include?('<%')
          run(block)
        end
      end
    end
  end

  # What four spaces make a block has no language, and is not found here.
  it 'all have fences' do
    files = Dir.glob('{README.md,docs/*.md}', base: CodeBlockRunner::ROOT)
    expect(files.select { |file| CodeBlock.indented?(file) }).to eq([])
  end
end
