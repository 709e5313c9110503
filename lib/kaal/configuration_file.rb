# frozen_string_literal: true

require_relative 'configuration_file/setting'
require_relative 'configuration_file/document'
require_relative 'configuration_file/variables'
require_relative 'configuration_file/backend_choice'

module Kaal
  # The settings of `config/kaal.yml`, and after them those of the variables `KAAL_…`. What they may say is in
  # docs/configuration.md.
  class ConfigurationFile
    PATH = 'config/kaal.yml'
    private_constant :PATH

    # The names of the backends.
    BACKENDS = BackendChoice::ADAPTERS.keys.freeze

    # @param path [String] of the file, relative to the app's root
    # @param rails_context [#root, #env, nil] whose root and environment count; nil: the current folder, and
    #   ENV RAILS_ENV, RACK_ENV or `development`
    # @param variables [Hash{String => String}, ENV]
    def initialize(path = PATH, rails_context: nil, variables: ENV)
      location = SchedulerFile::Location.new(path, rails_context)
      @path = location.path
      @root = location.root
      @environment = location.environment
      @variables = variables
    end

    # Whether there is a file, or a variable, that says something.
    def present?
      File.exist?(@path) || Variables.new(@variables).settings.any?
    end

    # Gives a configuration what the file and the variables say.
    #
    # @param configuration [Configuration]
    # @return [Configuration] the same
    # @raise [ConfigurationError] what is wrong; the message names the variable, or file and key
    def apply(configuration)
      backend, others = settings.partition { |setting| BackendChoice::SETTINGS.include?(setting.name) }
      others.each { |setting| configuration.public_send(:"#{setting.name}=", setting.value) unless own?(setting) }
      check(configuration, others)
      choice = BackendChoice.new(backend, @root)
      configuration.backend = choice.adapter if choice.made?
      configuration
    end

    # The Ruby files that `require:` in the file names, for processes without Rails.
    #
    # @return [Array<String>] absolute paths
    # @raise [ConfigurationError] when there is none of a name
    def required_files
      settings.select { |setting| own?(setting) }.flat_map(&:value).flat_map do |pattern|
        files = Dir.glob(pattern, base: @root).sort.map { |file| File.expand_path(file, @root) }
        files.empty? ? raise(ConfigurationError, "#{@path}: require: there is no file #{pattern}") : files
      end
    end

    # Does not show the variables, which may hold passwords.
    #
    # @return [String]
    def inspect
      "#<#{self.class} #{@path} for #{@environment}>"
    end

    private

    # In the order in which they are applied.
    def settings
      @settings ||= of_file + Variables.new(@variables).settings
    end

    def of_file
      File.exist?(@path) ? Document.read(@path).settings(@environment) : []
    end

    def own?(setting)
      setting.name == :require
    end

    # A message begins with the name of its setting; what the app has set otherwise is no matter of ours.
    def check(configuration, settings)
      origins = settings.to_h { |setting| [setting.name.to_s, setting.origin] }
      errors = configuration.setting_errors.filter_map do |message|
        origin = origins[message[/\A\w+/]]
        "#{origin}: #{message}" if origin
      end
      raise ConfigurationError, errors.join('; ') unless errors.empty?
    end
  end
end
