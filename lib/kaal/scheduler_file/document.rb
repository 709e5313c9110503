# frozen_string_literal: true

module Kaal
  module SchedulerFile
    # What a scheduler file says: sections with lists of jobs.
    class Document
      # @raise [SchedulerConfigError] when it cannot be read
      def self.read(path)
        new(path, YamlFile.new(path, SchedulerConfigError).read)
      end

      # @param root [Object] what is in the file
      def initialize(path, root)
        @path = path
        @root = root
      end

      # The jobs of the section `defaults` and those of the environment's, unchecked.
      #
      # @return [Array<Array(String, Object)>] where in the file each is, and what is there
      # @raise [SchedulerConfigError]
      def jobs(environment)
        counted(environment).flat_map { |name, section| jobs_of(name, section) }
      end

      # What is in the file and does not count, though it looks as if it was meant to.
      #
      # @return [Array<String>]
      # @raise [SchedulerConfigError]
      def mistakes(environment)
        unknown = counted(environment).flat_map do |name, section|
          (section.keys - ['jobs']).map { |key| "section #{name}: #{key} is unknown and ignored, expected jobs" }
        end
        SectionNames.mistakes(sections.keys, environment) + unknown
      end

      # @return [Array<String>] those that have a section; `defaults` where there is no other
      # @raise [SchedulerConfigError]
      def environments
        names = sections.keys - ['defaults']
        names.empty? ? ['defaults'] : names
      end

      private

      def sections
        sections = mapping('the file', @root)
        refuse('jobs must be in a section: defaults, or one for an environment') if sections.key?('jobs')
        sections
      end

      # The sections whose jobs run.
      def counted(environment)
        ['defaults', environment].uniq.to_h { |name| [name, mapping("section #{name}", sections.fetch(name, {}))] }
      end

      def jobs_of(name, section)
        jobs = section.fetch('jobs', [])
        refuse("jobs of section #{name} must be a list, is #{SchedulerFile.kind(jobs)}") unless jobs.is_a?(Array)

        jobs.map.with_index(1) { |job, number| ["job number #{number} of section #{name}", job] }
      end

      def mapping(what, value)
        value.is_a?(Hash) ? value : refuse("#{what} must be a mapping, is #{SchedulerFile.kind(value)}")
      end

      def refuse(message)
        raise SchedulerConfigError, "#{@path}: #{message}"
      end
    end
  end
end
