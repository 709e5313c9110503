# frozen_string_literal: true

module Kaal
  class YamlFile
    # A key that a mapping has twice: YAML forbids it, and Psych silently keeps the later value.
    #
    # `line` and `first_line` are where the two are, from 1 on.
    RepeatedKey = Struct.new(:name, :line, :first_line) do
      # @param tree [Psych::Nodes::Node, false] false: there is nothing in the file
      # @return [RepeatedKey, nil]
      def self.find(tree)
        return unless tree

        tree.grep(Psych::Nodes::Mapping).lazy.filter_map { |mapping| of(keys(mapping)) }.first
      end

      # Several mappings may be merged into one.
      def self.keys(mapping)
        mapping.children.each_slice(2).map(&:first).grep(Psych::Nodes::Scalar).reject { |key| key.value == '<<' }
      end
      private_class_method :keys

      def self.of(keys)
        first, second = keys.group_by(&:value).values.find { |same| same.size > 1 }
        new(second.value, second.start_line + 1, first.start_line + 1) if second
      end
      private_class_method :of

      def to_s
        "line #{line}: the key #{name} is there already, in line #{first_line}"
      end
    end
    private_constant :RepeatedKey
  end
end
