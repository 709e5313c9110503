# frozen_string_literal: true

require 'erb'
require 'psych'

module Kaal
  # A file of YAML with ERB, which cannot make objects. What is wrong with it is an error that names it.
  class YamlFile
    # What a cron expression or a macro without quotes makes of YAML.
    UNQUOTED = /scanning an alias|cannot start any token/
    private_constant :UNQUOTED

    # @param path [String]
    # @param error [Class] of what is raised
    # @param aliases [Boolean] whether `&name` and `*name` are read
    def initialize(path, error, aliases: false)
      @path = path
      @error = error
      @aliases = aliases
    end

    # @return [Object] a Hash where there is nothing in the file
    # @raise the error
    def read
      @yaml = render
      @tree = Psych.parse(@yaml)
      repeated = RepeatedKey.find(@tree)
      refuse(repeated) if repeated
      Psych.safe_load(@yaml, permitted_classes: [], permitted_symbols: [], aliases: @aliases, fallback: {})
    rescue Psych::SyntaxError => e
      refuse("no valid YAML in line #{e.line}: #{e.problem} #{e.context}".rstrip + hint(e).to_s)
    rescue Psych::DisallowedClass => e
      refuse("values of class #{e.message[/\S+\z/]} are not allowed, quote them to make them texts")
    rescue Psych::BadAlias
      refuse(@aliases ? 'an alias stands for nothing' : 'aliases are not allowed, write out what they stand for')
    end

    # Of what was read.
    #
    # @return [Array<String>] the keys at the top whose mappings have a name for aliases
    def anchored
      return [] unless @tree && @tree.root.is_a?(Psych::Nodes::Mapping)

      @tree.root.children.each_slice(2).filter_map do |key, value|
        key.value if key.is_a?(Psych::Nodes::Scalar) && value.is_a?(Psych::Nodes::Mapping) && value.anchor
      end
    end

    private

    def hint(error)
      return '; indent with spaces, not with tabs' if @yaml.lines[error.line - 1].to_s.match?(/\A *\t/)

      '; quote what begins with * or @' if UNQUOTED.match?("#{error.problem} #{error.context}")
    end

    def render
      template = ERB.new(text, trim_mode: '-')
      template.filename = @path
      template.result
    rescue @error
      raise
    rescue NameError => e # whose message shows what the method was called on: a password, as it may be
      raise @error, "#{@path}: ERB failed: #{e.class}: #{e.name} is unknown", cause: nil
    rescue StandardError, ScriptError => e
      refuse("ERB failed: #{e.class}: #{e.message.lines.first&.chomp}")
    end

    def text
      text = File.read(@path, mode: 'r:bom|utf-8')
      text.valid_encoding? ? text : refuse('is not valid UTF-8')
    rescue SystemCallError => e
      refuse("cannot be read: #{e.class.new.message}") # without Ruby's function and the path
    end

    def refuse(message)
      raise @error, "#{@path}: #{message}"
    end
  end
  private_constant :YamlFile
end

require_relative 'yaml_file/repeated_key'
