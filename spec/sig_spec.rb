# frozen_string_literal: true

require 'kaal/allora'
require 'kaal/cli'
require 'kaal/rspec/helpers'
require 'rbs'
require 'rbs/cli'

# The signatures say what there is: no method without one, no signature without its method.
RSpec.describe 'The signatures of sig/' do # rubocop:disable RSpec/DescribeClass
  let(:folder) { File.expand_path('../sig', __dir__) }
  let(:environment) do
    loader = RBS::EnvironmentLoader.new
    loader.add(path: Pathname(folder))
    RBS::Environment.from_loader(loader).resolve_type_names
  end
  let(:builder) { RBS::DefinitionBuilder.new(env: environment) }
  let(:named) { environment.class_decls.keys.select { |name| name.to_s.match?(/\A::Kaal(::|\z)/) } }
  # The models are made of ActiveRecord's methods, which have no signatures here.
  let(:typed) { named.reject { |name| name.to_s.match?(/\A::Kaal::Cron(Lock|Dispatch|Definition)\z/) } }
  let(:of_rails) { typed.select { |name| name.to_s.match?(/\A::Kaal::(Railtie|Generators)/) } }
  let(:declared) { typed - of_rails }

  # Private constants have signatures too where public classes inherit from them.
  def constant(name)
    name.to_s.delete_prefix('::').split('::').inject(Object) { |scope, part| scope.const_get(part) }
  end

  def public_constants(scope)
    scope.constants(false).flat_map do |name|
      value = scope.const_get(name)
      ["#{scope}::#{name}", *(public_constants(value) if value.is_a?(Module) && value.name.start_with?('Kaal'))]
    end
  end

  # The methods that the class itself has a signature for, as name => RBS::Definition::Method.
  def signatures(definition, name)
    own = definition.methods.select { |_, method| method.defined_in == name && method.implemented_in == name }
    own.except(:initialize, :new)
  end

  def instance_methods_of(klass)
    klass.public_instance_methods(false).to_h { |name| [name, klass.instance_method(name)] }
  end

  def singleton_methods_of(klass)
    inherited = klass.is_a?(Class) ? klass.superclass.singleton_methods + %i[new [] members inspect keyword_init?] : []
    (klass.singleton_methods - inherited).to_h { |name| [name, klass.method(name)] }
  end

  # How many required and optional arguments there are, and which keywords. Blocks do not show in a
  # method's parameters.
  def shape_of(parameters)
    kinds = parameters.group_by(&:first)
    [kinds[:req].to_a.size, kinds[:opt].to_a.size, kinds.key?(:rest),
     kinds[:keyreq].to_a.map(&:last).sort, kinds[:key].to_a.map(&:last).sort, kinds.key?(:keyrest)]
  end

  def shape_of_signature(type)
    function = type.type
    [function.required_positionals.size + function.trailing_positionals.size, function.optional_positionals.size,
     !function.rest_positionals.nil?, function.required_keywords.keys.sort, function.optional_keywords.keys.sort,
     !function.rest_keywords.nil?]
  end

  # A native method with optional arguments does not tell how many it takes.
  def takes_any_number?(method)
    method.source_location.nil? && method.arity == -1
  end

  def expect_same(where, signatures, methods)
    expect(signatures.keys).to match_array(methods.keys), <<~TEXT
      #{where}: without a method #{signatures.keys - methods.keys}, without a signature #{methods.keys - signatures.keys}
    TEXT
    signatures.each do |name, signature|
      next if takes_any_number?(methods[name])

      shapes = signature.method_types.map { |type| shape_of_signature(type) }.uniq
      expect(shapes).to eq([shape_of(methods[name].parameters)]), "#{where}: #{name} takes #{methods[name].parameters}"
    end
  end

  it 'are valid' do
    output = StringIO.new
    validate = -> { RBS::CLI.new(stdout: output, stderr: output).run(['-I', folder, 'validate', '--silent']) }
    expect(&validate).not_to raise_error, -> { output.string }
  end

  it 'name every public constant' do
    known = (named + environment.constant_decls.keys).map { |name| name.to_s.delete_prefix('::') }
    expect(public_constants(Kaal) - known).to eq([])
  end

  it 'are those of the instance methods' do
    declared.each do |name|
      expect_same(name, signatures(builder.build_instance(name), name), instance_methods_of(constant(name)))
    end
  end

  it 'are those of the singleton methods' do
    declared.each do |name|
      expect_same("#{name}.", signatures(builder.build_singleton(name), name), singleton_methods_of(constant(name)))
    end
  end

  # In a process of its own, so that the others have no Rails.
  it 'are those of what is loaded where Rails is' do
    in_child do
      %w[rails kaal/railtie generators/kaal/install/install_generator].each { |file| require file }
      of_rails.each do |name|
        expect_same(name, signatures(builder.build_instance(name), name), instance_methods_of(constant(name)))
        next if name.to_s.include?('Generators') # whose class methods come from modules of Rails

        expect_same("#{name}.", signatures(builder.build_singleton(name), name), singleton_methods_of(constant(name)))
      end
      expect(public_constants(Kaal) - named.map { |name| name.to_s.delete_prefix('::') }).not_to include(/Railtie|Generators/)
    end
  end

  it 'are those of the constructors' do
    declared.each do |name|
      signature = builder.build_instance(name).methods[:initialize]
      next unless signature && signature.defined_in == name

      expect_same(name, { new: signature }, { new: constant(name).instance_method(:initialize) })
    end
  end
end
