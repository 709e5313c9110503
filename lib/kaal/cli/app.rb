# frozen_string_literal: true

module Kaal
  module CLI
    # The app in whose folder a command runs: one on Rails, with its environment, or one that `config/kaal.yml`
    # and the variables configure.
    class App
      # Others have an environment too.
      RAILS = 'config/application.rb'
      ENVIRONMENT = 'config/environment.rb'
      BOOT = 'config/boot.rb'
      private_constant :RAILS, :ENVIRONMENT, :BOOT

      # @param config [String, nil] another file than `config/kaal.yml`
      # @param files [Array<String>] to be required besides those that the file names
      def initialize(config: nil, files: [])
        @config = config
        @files = files
      end

      # Loads it. Nothing is asked of a store, but by what the app itself does.
      #
      # @param configured [Boolean] whether it must have a backend
      # @param scheduler [Boolean] whether it is to run jobs: only then what it registers is written. Others may be
      #   of older code than the scheduler
      # @raise [ConfigurationError] when it has none, or is configured wrongly
      # @raise [LoadError] when a file of it cannot be loaded
      def load(configured: true, scheduler: false)
        holding { rails? ? load_rails : load_plain }
        raise ConfigurationError, missing if configured && Kaal.backend.nil?

        @definitions = Kaal.discard_definitions unless scheduler
      end

      def rails?
        File.exist?(RAILS)
      end

      # What stands for Rails where paths and sections are looked up.
      def rails_context
        ::Rails if rails?
      end

      # Adds the callbacks of the scheduler file, and leaves what is stored as it is.
      #
      # @raise [SchedulerConfigError]
      def load_callbacks
        Kaal.read_deferred_scheduler_file(@definitions)
      end

      # Of the jobs that code and scheduler file define, where it is not to run them.
      #
      # @return [Array<String>]
      def keys
        @definitions.all_definitions.map { |definition| definition[:key] }
      end

      private

      # As at the boot of Rails, and of a Rails app also what it registers once it has booted.
      def holding
        Kaal.hold_definitions
        yield
      ensure
        Kaal.release_definitions
      end

      # Kaal was loaded before Rails: the app may not say that it is to know of it.
      def load_rails
        load_file(File.expand_path(BOOT)) if File.exist?(BOOT)
        require 'rails'
        require_relative '../railtie'
        load_file(File.expand_path(ENVIRONMENT))
        configuration_file.apply(Kaal.configuration) if @config
        @files.each { |file| load_file(File.expand_path(file)) }
      end

      def load_plain
        file = configuration_file
        file.apply(Kaal.configuration)
        Kaal.configuration.logger ||= Console.logger($stderr, Logger::WARN)
        [*file.required_files, *@files.map { |name| File.expand_path(name) }].each { |name| load_file(name) }
        Kaal.validate!
        Kaal.defer_scheduler_file!
      end

      def configuration_file
        raise ConfigurationError, "#{@config}: there is no such file" if @config && !File.exist?(@config)

        ConfigurationFile.new(*@config, rails_context: rails_context)
      end

      def load_file(path)
        require path
      rescue ConfigurationError, SchedulerConfigError
        raise # which say themselves what is wrong
      rescue StandardError, ScriptError => e
        raise LoadError, "cannot load #{path}: #{e.class}: #{e.message.lines.first&.chomp}", e.backtrace
      end

      def missing
        "no backend is configured: #{Dir.pwd} has neither config/kaal.yml nor #{RAILS}, and KAAL_BACKEND is not set; " \
          '`kaal init` writes what is needed'
      end
    end
    private_constant :App
  end
end
