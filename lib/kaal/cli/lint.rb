# frozen_string_literal: true

module Kaal
  module CLI
    # `kaal lint`: all that is wrong with a scheduler file, in all of its sections, and what its expressions do
    # that one may not expect.
    class Lint
      # `level` is `mistake` or `note`.
      Remark = Struct.new(:level, :message)
      private_constant :Remark

      # @param output [Output]
      # @param path [String]
      # @param rails_context [#root, nil] whose folder a relative path is under
      def initialize(output, path, rails_context)
        @output = output
        location = SchedulerFile::Location.new(path, rails_context)
        @path = location.path
        @environment = location.environment
        @remarks = []
      end

      # @return [Integer] the exit code
      # @raise [SchedulerConfigError] when there is no such file
      def call
        raise SchedulerConfigError, "#{@path}: there is no such file" unless File.exist?(@path)

        check
        @output.report(@remarks.uniq) { @remarks.uniq.map { |remark| "#{remark.level}: #{remark.message}" } }
        @remarks.any? { |remark| remark.level == 'mistake' } ? FOUND : DONE
      end

      private

      def check
        document = SchedulerFile::Document.read(@path)
        [*document.environments, @environment].each do |environment|
          check_jobs(document.jobs(environment))
          document.mistakes(environment).each { |mistake| add('mistake', "#{@path}: #{mistake}") }
        end
      rescue SchedulerConfigError => e
        add('mistake', e.message)
      end

      # One by one, as the first mistake ends a reading; then together, which finds keys that are there twice.
      def check_jobs(entries)
        right = entries.select { |entry| (job = read([entry])&.first) && note(job) }
        read(right)
      end

      def read(entries)
        @reader ||= SchedulerFile::JobReader.new(@path, Kaal.configuration, Logger.new(nil))
        @reader.read(entries)
      rescue SchedulerConfigError => e
        add('mistake', e.message)
        nil
      end

      def note(job)
        Kaal.lint(job.cron, zone: job.options['zone']).each { |text| add('note', "#{@path}: job #{job.key}: #{text}") }
      end

      def add(level, message)
        @remarks << Remark.new(level, message)
      end
    end
    private_constant :Lint
  end
end
