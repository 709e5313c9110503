# frozen_string_literal: true

module Kaal
  class ConfigurationFile
    # The settings in a file: those of the section `defaults`, and in their place those of the environment's.
    class Document
      KEYS = (Kinds::OF.keys - [:backend_url]).freeze
      private_constant :KEYS

      # @raise [ConfigurationError] when the file cannot be read
      def self.read(path)
        file = YamlFile.new(path, ConfigurationError, aliases: true)
        new(path, file.read, file.anchored)
      end

      # @param root [Object] what is in the file
      # @param shared [Array<String>] the sections that others may include
      def initialize(path, root, shared)
        @path = path
        @root = root
        @shared = shared
      end

      # @return [Array<Setting>]
      # @raise [ConfigurationError]
      def settings(environment)
        sections = mapping('the file', @root)
        check_names(sections.keys, environment)
        ['defaults', environment].uniq.flat_map do |name|
          section = mapping("section #{name}", sections.fetch(name, {}))
          # The backend before what it is reached by, however they stand in the file.
          section.filter_map { |key, value| setting(name, key, value) }.sort_by { |one| KEYS.index(one.name) }
        end
      end

      private

      # All sections, so that the mistake shows before the app is where the section counts.
      def check_names(names, environment)
        settings = names & KEYS.map(&:to_s)
        mistakes = settings.map { |name| "#{name} must be in a section: defaults, or one for an environment" }
        mistakes += SectionNames.mistakes(names - @shared, environment)
        raise ConfigurationError, "#{@path}: #{mistakes.first}" if mistakes.any?
      end

      # A key without a value is left to its default.
      def setting(section, key, value)
        origin = "#{@path}: #{key} of section #{section}"
        unless key.is_a?(String) && KEYS.include?(key.to_sym)
          raise ConfigurationError, "#{origin} is unknown, expected one of #{KEYS.join(', ')}"
        end

        Setting.read(key.to_sym, value, origin) unless value.nil?
      end

      # An empty section is one without settings.
      def mapping(what, value)
        return value || {} if value.nil? || value.is_a?(Hash)

        raise ConfigurationError, "#{@path}: #{what} must be a mapping, is #{SchedulerFile.kind(value)}"
      end
    end
    private_constant :Document
  end
end
