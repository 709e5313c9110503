# frozen_string_literal: true

require_relative 'dispatches'
require_relative 'example_backend'

module Kaal
  module RSpec
    # Gives an example a Kaal of its own, with a copy of the app's configuration and jobs, and then puts back
    # what there was.
    module Isolation
      class << self
        # @return the block's value
        def around(&)
          before = kept.to_h { |object| [object, variables(object)] }
          begin_anew
          Dispatches.record(&)
        ensure
          stop_scheduler
          before.each { |object, variables| restore(object, variables) }
        end

        private

        # What keeps the state of Kaal; a scheduler file that an example has loaded is again to be loaded.
        def kept
          [Kaal, Kaal.send(:scheduler_file)]
        end

        def variables(object)
          object.instance_variables.to_h { |name| [name, object.instance_variable_get(name)] }
        end

        def restore(object, variables)
          (object.instance_variables - variables.keys).each { |name| object.remove_instance_variable(name) }
          variables.each { |name, value| object.instance_variable_set(name, value) }
        end

        def begin_anew
          app = Kaal.configuration
          entries = Kaal.registry.all
          configuration = app.dup
          local = Kaal.instance_variable_get(:@definition_registry)
          configuration.backend = ExampleBackend.new(app.backend, local, entries)
          registry = Registry.new
          registry.add_all(entries)
          restore(Kaal, { '@configuration': configuration, '@registry': registry })
        end

        # An app's own runs on beside the examples.
        def stop_scheduler
          Kaal.instance_variable_get(:@coordinator)&.stop!
        end
      end
    end
    private_constant :Isolation
  end
end
