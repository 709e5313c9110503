# frozen_string_literal: true

module Kaal
  # Jobs that code registers and the scheduler file has defined already, see
  # `config.scheduler_conflict_policy`.
  module FileConflicts
    module_function

    # @param entries [Array<Registry::Entry>] what is to be registered
    # @return [Hash{String => Registry::Entry}] what this process has of the file under their keys
    def find(entries, registry, definition_registry)
      entries.filter_map { |entry| registry.find(entry.key) }
             .select { |known| definition_registry.find_definition(known.key)&.fetch(:source) == 'file' }
             .to_h { |known| [known.key, known] }
    end

    # Logs it when the file wins.
    #
    # @return [Boolean] false: code wins, or there is no conflict
    # @raise [RegistryError] when neither is to win
    def file_wins?(of_file, configuration)
      return false if of_file.empty?

      keys = of_file.keys
      case configuration.scheduler_conflict_policy
      when :code_wins then false
      when :file_wins
        configuration.logger&.warn("[Kaal] the scheduler file defines #{keys.join(', ')} too, and wins")
        true
      else
        raise RegistryError, "Key '#{keys.first}' is already registered by the scheduler file; remove one of the " \
                             'two, or set config.scheduler_conflict_policy to :file_wins or :code_wins'
      end
    end
  end
  private_constant :FileConflicts
end
