# frozen_string_literal: true

require 'fileutils'
require 'tmpdir'

RSpec.describe Kaal::ConfigurationFile do
  let(:folder) { Dir.mktmpdir('kaal-configuration') }
  let(:path) { File.join(folder, 'config/kaal.yml') }
  let(:variables) { {} }
  let(:configuration) { Kaal::Configuration.new }

  after { FileUtils.rm_rf(folder) }

  def file(environment = 'test')
    described_class.new(rails_context: Struct.new(:root, :env).new(folder, environment), variables: variables)
  end

  def write(text)
    FileUtils.mkdir_p(File.dirname(path))
    File.write(path, text)
  end

  def apply(text = nil, environment: 'test', **given)
    write(text) if text
    variables.merge!(given.transform_keys(&:to_s))
    file(environment).apply(configuration)
  end

  it 'says nothing where there is neither file nor variable' do
    expect(file).not_to be_present
    expect(file.apply(configuration).to_h).to eq(Kaal::Configuration.new.to_h)
  end

  it 'takes the defaults, in their place what the environment has, and then the variables' do
    apply(<<~YAML, KAAL_LEASE_TTL: '300', KAAL_RECOVERY_WINDOW: '0.5', KAAL_WINDOW_LOOKBACK: ' ')
      defaults: &base
        tick_interval: 7
        lease_ttl: 200
        dst: { gap: shift, overlap: first }
        recovery_startup_jitter:
      test:
        <<: *base
        tick_interval: <%= 4 * 2 %>
        enable_log_dispatch_registry: yes
        scheduler_conflict_policy: file_wins
      production:
        tick_interval: 9
    YAML
    expect(file).to be_present
    expect(configuration.to_h).to include(
      tick_interval: 8, lease_ttl: 300, recovery_window: 0.5, recovery_startup_jitter: 5, window_lookback: 120,
      enable_log_dispatch_registry: true, scheduler_conflict_policy: :file_wins, dst: { gap: 'shift', overlap: 'first' }
    )
  end

  it 'goes by RAILS_ENV or RACK_ENV without Rails' do
    write("production: { namespace: there }\ndevelopment: { namespace: here }\n")
    names = [{ 'RAILS_ENV' => 'production' }, {}].map do |environment|
      in_child do
        ENV.update(environment)
        Dir.chdir(folder) { described_class.new.apply(Kaal::Configuration.new).namespace }
      end
    end
    expect(names).to eq(%w[there here])
  end

  it 'knows every setting that a text can say' do
    expect { apply("defaults: { #{(configuration.to_h.keys - %i[backend logger]).map { |name| "#{name}: " }.join(', ')} }") }
      .not_to raise_error
  end

  describe 'what is wrong' do
    {
      'tick_interval: often' => /kaal.yml: tick_interval of section defaults must be a whole number, is "often"/,
      'tick_interval: 1.5' => /tick_interval of section defaults must be a whole number, is 1.5/,
      'tick_interval: 0' => /kaal.yml: tick_interval of section defaults: tick_interval must be greater than 0, is 0/,
      'recovery_window: [1]' => /recovery_window of section defaults must be a number/,
      'enable_dispatch_recovery: perhaps' => /enable_dispatch_recovery of section defaults must be true or false, is "perhaps"/,
      'namespace: 5' => /namespace of section defaults must be a text, is 5/,
      'time_zone: Mars/Olympus' => /time_zone of section defaults: time_zone: .*Mars/,
      'dst: shift' => /dst of section defaults must be a mapping, is a text/,
      'dst: { gap: jump }' => /dst of section defaults: dst.*jump/,
      'scheduler_conflict_policy: both' => /scheduler_conflict_policy of section defaults: .*must be one of/,
      'tick_intervall: 5' => /tick_intervall of section defaults is unknown, expected one of tick_interval, /,
      'backend: mongo' => /backend of section defaults must be one of memory, redis, sqlite, postgres, mysql, is "mongo"/,
      'backend_config: { path: x }' => /backend_config of section defaults: says how .* but not which it is/,
      'backend_config: 7' => /backend_config of section defaults must be a mapping/,
      '{ backend: redis }' => /backend of section defaults: url is missing/,
      '{ backend: memory, backend_config: { url: x } }' => /url is nothing that the backend memory takes: nothing/,
      '{ backend: postgres, backend_config: { lese: table } }' => /lese is nothing that the backend postgres takes: .*lease/,
      '{ backend: postgres, backend_config: { host: h, lease: row } }' => /backend_config of section defaults: lease must be/,
      '[]' => /section defaults must be a mapping, is a list/,
      'namespace: :symbol' => /kaal.yml: values of class Symbol are not allowed/,
      'namespace: !ruby/object {}' => /kaal.yml: values of class .* are not allowed/,
      '<%= raise "oh" %>' => /kaal.yml: ERB failed: RuntimeError: oh/,
      '"' => /kaal.yml: no valid YAML in line/
    }.each do |text, message|
      it "is said of the file: #{text}" do
        expect { apply("defaults:\n  #{text}\n") }.to raise_error(Kaal::ConfigurationError, message)
      end
    end

    {
      "prodution: {}\n" => /kaal.yml: section prodution counts in an environment of that name only: is production meant\?\z/,
      "default: {}\n" => /section default .*: is defaults meant\?\z/,
      "defaults: &all {}\nstagin: *all\n" => /section stagin .*: is staging meant\?\z/,
      "backend: memory\n" => /kaal.yml: backend must be in a section: defaults, or one for an environment\z/,
      "test:\n  namespace: a\n  namespace: b\n" => /kaal.yml: line 3: the key namespace is there already, in line 2\z/
    }.each do |text, message|
      it "is said of sections: #{text.inspect}" do
        expect { apply(text) }.to raise_error(Kaal::ConfigurationError, message)
      end
    end

    it 'is not said of a section that others include, nor of one of an environment with another name' do
      apply("default: &default { namespace: own }\ntest: { <<: *default }\ntests: {}\nproduction_eu: {}\nqa: {}\n")
      expect(configuration.namespace).to eq('own')
      expect(apply('tent: { namespace: theirs }', environment: 'tent').namespace).to eq('theirs')
    end

    {
      { KAAL_TICK_INTERVAL: 'often' } => /\AKAAL_TICK_INTERVAL must be a whole number, is "often"\z/,
      { KAAL_LEASE_TTL: '0' } => /\AKAAL_LEASE_TTL: lease_ttl must be greater than 0, is 0\z/,
      { KAAL_ENABLE_LOG_DISPATCH_REGISTRY: 'maybe' } => /\AKAAL_ENABLE_LOG_DISPATCH_REGISTRY must be true or false/,
      { KAAL_TIME_ZONE: 'Mars' } => /\AKAAL_TIME_ZONE: time_zone: .*Mars/,
      { KAAL_BACKEND: 'mongo' } => /\AKAAL_BACKEND must be one of/,
      { KAAL_BACKEND_URL: 'mongo://here' } => /\AKAAL_BACKEND_URL: says how/,
      { KAAL_BACKEND: 'redis', KAAL_BACKEND_URL: 'http://here' } => /\AKAAL_BACKEND_URL: /
    }.each do |given, message|
      it "is said of variables: #{given}" do
        expect { apply(nil, **given) }.to raise_error(Kaal::ConfigurationError, message)
      end
    end

    it 'is said of a URL in the place of a name without what it says' do
      expect { apply(nil, KAAL_BACKEND: 'redis://:hush@here') }.to raise_error(
        Kaal::ConfigurationError, /\AKAAL_BACKEND must be one of [a-z, ]*, is a URL: that belongs in KAAL_BACKEND_URL\z/
      )
      expect { apply("defaults: { backend: 'hush hush' }") }
        .to raise_error(Kaal::ConfigurationError) { |e| expect(e.message).not_to include('hush') }
    end

    it 'is said without a password' do
      ['postgres://me:hush@here:x/', 'redis://me:hush@:port/', 'mongo://me:hush@here'].each do |url|
        expect { apply(nil, KAAL_BACKEND_URL: url) }.to raise_error(Kaal::ConfigurationError) { |e| expect(e.message).not_to include('hush') }
      end
    end
  end

  describe 'the backend' do
    {
      'backend: Memory' => 'MemoryAdapter',
      '{ backend: redis, backend_config: { url: "redis://here", namespace: own } }' => 'RedisAdapter here namespace="own" native=true',
      '{ backend_config: { host: here, lease: table }, backend: postgres }' => 'PostgresAdapter here lease=table',
      '{ backend: mysql, backend_config: { url: "mysql2://me:hush@here/app", pool: 3 } }' => 'MySQLAdapter here app lease=session',
      '{ backend_config: { url: "postgresql://here/app" } }' => 'PostgresAdapter here app lease=session'
    }.each do |text, shown|
      it "is that of #{text}" do
        expect(apply("defaults:\n  #{text}\n").backend.inspect).to include(shown)
      end
    end

    it 'is a SQLite file in the folder of the app' do
      expect(apply('defaults: { backend: sqlite, backend_config: { path: storage/kaal.sqlite3 } }').backend.path)
        .to eq(File.join(folder, 'storage/kaal.sqlite3'))
    end

    it 'is not reached by what the file says of another one' do
      text = "defaults: { backend: sqlite, backend_config: { path: x } }\nproduction: { backend: redis, backend_config: { url: 'redis://here' } }"
      expect(apply(text, environment: 'production').backend).to be_a(Kaal::Backend::RedisAdapter)
      turned = "defaults: { backend: memory }\nproduction: { backend_config: { url: 'redis://here' }, backend: redis }"
      expect(apply(turned, environment: 'production').backend).to be_a(Kaal::Backend::RedisAdapter)
      expect(apply(text, KAAL_BACKEND: 'memory').backend).to be_a(Kaal::Backend::MemoryAdapter)
    end

    it 'keeps what is its own when a variable says where it is' do
      apply('defaults: { backend: postgres, backend_config: { host: there, password: old, lease: table } }',
            KAAL_BACKEND_URL: 'postgres://here/app')
      expect(configuration.backend.inspect).to include('here app lease=table')
      expect(configuration.backend.connection_settings).not_to include(:password)
    end
  end

  it 'names the Ruby files to load' do
    %w[b.rb a.rb c.txt].each { |name| FileUtils.mkdir_p(File.join(folder, 'jobs')) && FileUtils.touch(File.join(folder, 'jobs', name)) }
    write('defaults: { require: jobs/*.rb }')
    expect(file.required_files).to eq(%w[a b].map { |name| File.join(folder, "jobs/#{name}.rb") })
    write('defaults: { require: [none.rb] }')
    expect { file.required_files }.to raise_error(Kaal::ConfigurationError, /require: there is no file none.rb/)
  end

  it 'restricts the classes of delayed jobs, by a list or by a variable with commas' do
    apply('defaults: { delayed_job_allowed_class_prefixes: [App, Jobs] }')
    expect(configuration.delayed_job_allowed_class_prefixes).to eq(%w[App Jobs])
    apply('defaults: {}', KAAL_DELAYED_JOB_ALLOWED_CLASS_PREFIXES: 'Mail, Report')
    expect(configuration.delayed_job_allowed_class_prefixes).to eq(%w[Mail Report])
  end
end
