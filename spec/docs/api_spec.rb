# frozen_string_literal: true

require 'open3'
require 'tmpdir'
require 'yard'

# What YARD makes of the comments: nothing of the API is without them. What is private to the gem, a private constant or
# marked `@api private`, is left out by .yardopts.
RSpec.describe 'The documentation of the API' do
  root = File.expand_path('../..', __dir__)

  # What YARD knows of a method, as plain values.
  described = lambda do |method|
    writer = method.name.end_with?('=') && method.name != :==
    given = %i[param yieldparam].flat_map { |tag| method.tags(tag).map(&:name) }
    given << 'options' if method.has_tag?(:option)
    given << 'value' if writer
    given << method.parameters.last.first.delete('&') if method.has_tag?(:yieldparam) && method.parameters.any?
    {
      path: method.path, name: method.name, scope: method.namespace.path,
      parameters: method.parameters.map { |name, _| name.delete('*&:') }.reject(&:empty?) - given,
      returns: method.has_tag?(:return) || method.name == :initialize || writer
    }
  end

  let(:yard) do
    in_child do
      Dir.chdir(root)
      YARD::Logger.instance.level = YARD::Logger::FATAL
      options = YARD::CLI::Yardoc.new.tap { |command| command.parse_arguments('--no-save', '--no-output') }.options
      YARD::CLI::Yardoc.run('--no-save', '--no-output')
      methods = YARD::Registry.all(:method).select { |method| method.visibility == :public }
      { all: methods.map(&described), public: options.verifier.run(methods).map(&described) }
    end
  end

  # Those that Ruby tells of, by the scopes in which YARD finds them.
  def known(*scopes)
    yard[:all].select { |method| scopes.include?(method[:scope]) }.map { |method| method[:name] }
  end

  it 'leaves out nothing, and names no parameter that there is not' do
    Dir.mktmpdir('kaal-yard') do |folder|
      output, status = Open3.capture2e('yard', 'stats', '--list-undoc', '--db', File.join(folder, 'yard'), chdir: root)
      expect([output, status.success?]).to match([include('100.00% documented'), true])
      expect(output).not_to match(/Undocumented Objects|unknown parameter|Unknown tag/)
    end
  end

  it 'says what each method takes and gives' do
    expect(yard[:public].size).to be > 150
    expect(yard[:public].select { |method| method[:parameters].any? }.map { |method| method.slice(:path, :parameters) }).to eq([])
    expect(yard[:public].reject { |method| method[:returns] }.map { |method| method[:path] }).to eq([])
  end

  it 'has the methods that no `def` is for' do
    functions = known('Kaal', 'Kaal::ModuleFunctions', 'Kaal::Registration', 'Kaal::SchedulerFileFunctions', 'Kaal::DelayedJobFunctions',
                      'Kaal::Boot::Definitions')
    expect(Kaal.singleton_methods - functions).to eq([])
    settings = known('Kaal::Configuration', 'Kaal::Configuration::TestBackend')
    expect(Kaal::Configuration.public_instance_methods(false) - settings).to eq([])
    expect(Kaal::Cron.public_instance_methods(false) - known('Kaal::Cron')).to eq([])
  end
end
