# frozen_string_literal: true

module Kaal
  class ConfigurationFile
    # The settings in variables: `KAAL_` and the name of the setting in capitals. An empty one says nothing.
    class Variables
      IN_FILES_ONLY = %i[backend_config dst queue_options require].freeze
      NAMES = (Kinds::OF.keys - IN_FILES_ONLY).to_h { |name| [name, "KAAL_#{name.upcase}"] }.freeze
      private_constant :IN_FILES_ONLY, :NAMES

      # @param variables [Hash{String => String}, ENV]
      def initialize(variables)
        @variables = variables
      end

      # @return [Array<Setting>]
      # @raise [ConfigurationError]
      def settings
        NAMES.filter_map do |name, variable|
          value = @variables[variable].to_s.strip
          Setting.read(name, value, variable) unless value.empty?
        end
      end
    end
    private_constant :Variables
  end
end
