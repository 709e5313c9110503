# frozen_string_literal: true

module Kaal
  module Definition
    # Definitions through a model, so that the core decides what a change makes of them.
    class ModelRecords
      include JsonRecords

      # @param model [Class] {Kaal::CronDefinition}
      def initialize(model)
        @model = model
      end

      private

      def read(key)
        found = @model.find_by(key: key)
        found && json_of(found)
      end

      # As ActiveRecord does: the last who saves it wins.
      def write(changes)
        changes.map do |key, _before, json|
          @model.find_or_initialize_by(key: key).update!(attributes_of(Native.parse_definition(json)))
        end
      end

      def json_of(record)
        definition = record.to_definition_hash
        times = definition.slice(:created_at, :updated_at, :disabled_at).transform_values do |time|
          time && Native.time_text((time.to_r * 1_000_000).to_i)
        end
        Native.definition_json(definition.merge(times, metadata: JSON.generate(definition[:metadata])))
      end

      # ActiveRecord itself says when it was changed: to the microsecond, so that a second change within
      # the second is seen.
      def attributes_of(definition)
        definition.except(:updated_at).merge(metadata: JSON.parse(definition[:metadata]))
      end
    end
    private_constant :ModelRecords
  end
end
