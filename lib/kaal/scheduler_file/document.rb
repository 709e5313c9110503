# frozen_string_literal: true

require 'erb'
require 'psych'

module Kaal
  module SchedulerFile
    # The text of a scheduler file: YAML with ERB.
    class Document
      # What a cron expression or a macro without quotes makes of YAML.
      UNQUOTED = /scanning an alias|cannot start any token/
      private_constant :UNQUOTED

      # @raise [SchedulerConfigError] when it cannot be read
      def self.read(path)
        new(path, File.read(path, mode: 'r:bom|utf-8'))
      rescue SystemCallError => e
        raise SchedulerConfigError, "#{path}: cannot be read: #{e.message}"
      end

      def initialize(path, text)
        @path = path
        @text = text
      end

      # The jobs of the section `defaults` and those of the environment's, unchecked.
      #
      # @return [Array<Array(String, Object)>] where in the file each is, and what is there
      # @raise [SchedulerConfigError]
      def jobs(environment)
        root = mapping('the file', parse)
        ['defaults', environment].uniq.flat_map { |name| jobs_of(name, root.fetch(name, {})) }
      end

      private

      def jobs_of(name, section)
        jobs = mapping("section #{name}", section).fetch('jobs', [])
        refuse("jobs of section #{name} must be a list, is #{SchedulerFile.kind(jobs)}") unless jobs.is_a?(Array)

        jobs.map.with_index(1) { |job, number| ["job number #{number} of section #{name}", job] }
      end

      def mapping(what, value)
        value.is_a?(Hash) ? value : refuse("#{what} must be a mapping, is #{SchedulerFile.kind(value)}")
      end

      # A file without any content has no sections.
      def parse
        Psych.safe_load(render, permitted_classes: [], permitted_symbols: [], aliases: false, fallback: {})
      rescue Psych::SyntaxError => e
        hint = '; quote what begins with * or @' if UNQUOTED.match?("#{e.problem} #{e.context}")
        refuse("no valid YAML in line #{e.line}: #{e.problem} #{e.context}".rstrip + hint.to_s)
      rescue Psych::DisallowedClass => e
        refuse("values of class #{e.message[/\S+\z/]} are not allowed, quote them to make them texts")
      rescue Psych::BadAlias
        refuse('aliases are not allowed, write out what they stand for')
      end

      def render
        refuse('is not valid UTF-8') unless @text.valid_encoding?

        template = ERB.new(@text, trim_mode: '-')
        template.filename = @path
        template.result
      rescue SchedulerConfigError
        raise
      rescue StandardError, ScriptError => e
        refuse("ERB failed: #{e.class}: #{e.message.lines.first&.chomp}")
      end

      def refuse(message)
        raise SchedulerConfigError, "#{@path}: #{message}"
      end
    end
  end
end
